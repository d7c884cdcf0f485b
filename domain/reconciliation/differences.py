"""Differences between our books and the processor's list: raised once, seen again, settled when they are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from kit.ids import uuid7
from kit.log import log
from kit.money import Money
from models.base import after_commit, connected, require_unit_of_work
from models.merchants import GatewayAccount, Merchant
from models.work import Difference


class Kind(StrEnum):
    """What does not agree. Stored."""

    CAPTURED_NOT_BOOKED = "captured_not_booked"  # the gateway took money for us and no journal says so
    BOOKED_NOT_CAPTURED = "booked_not_captured"  # a journal says so and the gateway took nothing
    AMOUNT_DIFFERS = "amount_differs"
    STILL_OPEN = "still_open"  # the gateway has finished, our attempt has not
    REFUND_NOT_BOOKED = "refund_not_booked"
    REFUND_NOT_THERE = "refund_not_there"  # ours, and the gateway has none
    REFUND_DIFFERS = "refund_differs"
    DISPUTE_NOT_BOOKED = "dispute_not_booked"
    DISPUTE_NOT_THERE = "dispute_not_there"
    DISPUTE_DIFFERS = "dispute_differs"
    UNKNOWN_OBJECT = "unknown_object"  # a webhook about something with our mark that we do not know


@dataclass(frozen=True)
class Found:
    """One difference. `reference` is the gateway's id of the intent, refund or dispute."""

    kind: Kind
    reference: str
    detail: str
    amount: Money | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same difference in the next run."""
        return (self.kind.value, self.reference)


@dataclass(frozen=True)
class OpenDifference:
    """One that nobody has settled, for people."""

    id: UUID
    merchant: str
    kind: Kind
    reference: str
    detail: str
    amount: Money | None
    found_at: datetime
    seen_at: datetime


def note(account: GatewayAccount, found: Found, now: datetime) -> bool:
    """Keeps a difference, in the caller's unit of work. True when it is new, or is back: then it is raised, by an
    event and an error in the log."""
    require_unit_of_work()
    same = _same(account, found.key)
    values: dict[str, Any] = {
        "detail": found.detail[:200],
        "amount": found.amount and found.amount.minor,
        "currency": found.amount and found.amount.currency,
        "seen_at": now,
    }
    if Difference.update(values).where(same & Difference.settled_at.is_null()).execute():
        return False
    back = {**values, "found_at": now, "settled_at": None}
    if not Difference.update(back).where(same & Difference.settled_at.is_null(False)).execute():
        row_id = uuid7()
        Difference.insert(
            id=row_id, gateway_account=account, kind=found.kind, reference=found.reference, found_at=now, **values
        ).on_conflict_ignore().execute()
        if not Difference.select().where(Difference.id == row_id).exists():
            return False  # another run was quicker
    if _is_raised(account, found):
        return False
    _raise(account, found)
    return True


def _is_raised(account: GatewayAccount, found: Found) -> bool:
    """A webhook about it has raised it before, without telling what it is; the run settles that row."""
    return found.kind != Kind.UNKNOWN_OBJECT and bool(
        Difference.select()
        .where(_same(account, (Kind.UNKNOWN_OBJECT.value, found.reference)) & Difference.settled_at.is_null())
        .exists()
    )


def note_unknown(account: GatewayAccount, found: Found, now: datetime) -> bool:
    """As `note`, unless the same object is raised under a more telling kind already."""
    known = (Difference.gateway_account == account) & (Difference.reference == found.reference)
    if Difference.select().where(known & Difference.settled_at.is_null() & (Difference.kind != found.kind)).exists():
        return False
    return note(account, found, now)


def settle(account: GatewayAccount, key: tuple[str, str], now: datetime) -> None:
    """Marks a difference as gone, in the caller's unit of work."""
    open_one = _same(account, key) & Difference.settled_at.is_null()
    if Difference.update(settled_at=now).where(open_one).execute():
        _record("difference.settled", account, *key)


def settle_by_hand(row: Difference, staff: UUID, now: datetime) -> None:
    """A person takes it off the list, in the caller's unit of work. A run that still sees it raises it again."""
    require_unit_of_work()
    Difference.update(settled_at=now).where((Difference.id == row.id) & Difference.settled_at.is_null()).execute()
    facts = {"kind": row.kind, "reference": row.reference}
    account = row.gateway_account
    record("difference.settled_by_hand", merchant=account.merchant_id, actor=Actor.OPERATOR, actor_id=staff,
           subject=account.id, facts=facts)  # fmt: skip


def keys_open(account: GatewayAccount) -> list[tuple[str, str]]:
    """Every difference of an account that is not settled."""
    query: Any = Difference.select(Difference.kind, Difference.reference).where(
        (Difference.gateway_account == account) & Difference.settled_at.is_null()
    )
    return [(str(kind), str(reference)) for kind, reference in query.order_by(Difference.found_at).tuples()]


def all_open(accounts: Iterable[UUID] | None = None, *, most: int = 200) -> list[OpenDifference]:
    """What is not settled, oldest first; of every account unless some are named."""
    with connected():
        query: Any = (
            Difference.select(Difference, GatewayAccount, Merchant)
            .join(GatewayAccount)
            .join(Merchant)
            .where(Difference.settled_at.is_null())
            .order_by(Difference.found_at, Difference.id)
            .limit(most)
        )
        if accounts is not None:
            query = query.where(Difference.gateway_account.in_(list(accounts)))
        return [_shown(row) for row in query]


def _shown(row: Difference) -> OpenDifference:
    return OpenDifference(
        id=row.id,
        merchant=row.gateway_account.merchant.slug,
        kind=Kind(row.kind),
        reference=row.reference,
        detail=row.detail,
        amount=Money(row.amount, row.currency) if row.currency else None,
        found_at=row.found_at,
        seen_at=row.seen_at,
    )


def _same(account: GatewayAccount, key: tuple[str, str]) -> Any:
    kind, reference = key
    return (Difference.gateway_account == account) & (Difference.kind == kind) & (Difference.reference == reference)


def _raise(account: GatewayAccount, found: Found) -> None:
    _record("difference.found", account, *found.key)
    facts = {"account": str(account.id), "kind": found.kind.value, "reference": found.reference}
    after_commit(lambda: log().error("difference.found", **facts, detail=found.detail))


def _record(what: str, account: GatewayAccount, kind: str, reference: str) -> None:
    facts = {"kind": kind, "reference": reference}
    record(what, merchant=account.merchant_id, actor=Actor.CLOCK, subject=account.id, facts=facts)
