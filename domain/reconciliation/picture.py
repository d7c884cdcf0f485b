"""Taking the gateway's picture: its own lists since a moment, and single objects that are older than the lists go back.

Nothing is written here, and no unit of work is open. Foreign objects are counted and dropped at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from domain.payments.at_gateway import gateway_for
from domain.reconciliation.compare import Taken, Theirs
from domain.reconciliation.differences import Kind
from domain.work.install import install_id
from integrations.gateways.base import (
    Charge,
    Gateway,
    GatewayDispute,
    GatewayRefund,
    GatewayRefused,
    Intent,
    IntentStatus,
)
from kit.deadline import Deadline
from kit.ids import as_uuid
from kit.money import Money
from models.merchants import GatewayAccount
from models.payments import Attempt
from models.work import WebhookEvent

_T = TypeVar("_T", GatewayRefund, GatewayDispute)
CHUNK = 500  # ids in one query
_MISSING = 404
_OBJECT = {  # what a kind of difference is about; an unknown object's kind is told by its webhook
    Kind.CAPTURED_NOT_BOOKED: "payment_intent",
    Kind.BOOKED_NOT_CAPTURED: "payment_intent",
    Kind.AMOUNT_DIFFERS: "payment_intent",
    Kind.STILL_OPEN: "payment_intent",
    Kind.REFUND_NOT_BOOKED: "refund",
    Kind.REFUND_NOT_THERE: "refund",
    Kind.REFUND_DIFFERS: "refund",
    Kind.DISPUTE_NOT_BOOKED: "dispute",
    Kind.DISPUTE_NOT_THERE: "dispute",
    Kind.DISPUTE_DIFFERS: "dispute",
}


@dataclass
class Camera:
    """Looks at one account with one deadline over everything. Raises GatewayError or DeadlinePassed."""

    account: GatewayAccount
    deadline: Deadline
    foreign: int = 0
    unconfirmed: list[Intent] = field(default_factory=list)  # with our mark; some are nobody's any more
    _gateway: Gateway = field(init=False)
    _install: str = field(init=False)

    def __post_init__(self) -> None:
        self._gateway, self._install = gateway_for(self.account), install_id()

    def take(self, since: datetime, since_back: datetime) -> Theirs:
        """Everything of ours since the two moments: payments, and what went back."""
        taken = self._taken(since)
        refunds = {row.id: row for row in self._ours(self._gateway.refunds(since=since_back, deadline=self.deadline))}
        disputes = {row.id: row for row in self._ours(self._gateway.disputes(since=since_back, deadline=self.deadline))}
        return Theirs(taken, refunds, disputes, frozenset({*taken, *refunds, *disputes}))

    def _taken(self, since: datetime) -> dict[str, Taken]:
        """Intents first: a charge that is made meanwhile is then in the later list."""
        taken = {}
        for intent in self._gateway.intents(since=since, deadline=self.deadline):
            if intent.install != self._install:
                self.foreign += 1
                continue
            taken[intent.id] = _of_intent(intent, Money(0, intent.amount.currency))
            if intent.status in _UNCONFIRMED:
                self.unconfirmed.append(intent)
        for charge in self._gateway.charges(since=since, deadline=self.deadline):
            if charge.install != self._install or charge.intent is None:
                self.foreign += charge.intent is None  # else its intent is counted
            elif charge.paid:
                taken[charge.intent] = _with_charge(taken.get(charge.intent), charge)
        return taken

    def _ours(self, rows: Iterator[_T]) -> Iterator[_T]:
        """What happened to an intent of ours, or carries our mark."""
        while chunk := list(islice(rows, CHUNK)):
            intents = [row.intent for row in chunk if row.intent]
            query: Any = Attempt.select(Attempt.gateway_ref).where(
                (Attempt.gateway_account == self.account) & Attempt.gateway_ref.in_(intents)
            )
            known = {ref for (ref,) in query.tuples()}
            for row in chunk:
                if row.intent in known or getattr(row, "install", None) == self._install:
                    yield row
                else:
                    self.foreign += 1

    def look_again(self, theirs: Theirs, keys: Iterable[tuple[str, str]]) -> Theirs:
        """The picture with these differences' objects as they are now, each asked for by its id."""
        pictures: dict[str, dict[str, Any]] = {
            "payment_intent": dict(theirs.taken),
            "refund": dict(theirs.refunds),
            "dispute": dict(theirs.disputes),
        }
        read: dict[str, Callable[[str], Any]] = {
            "payment_intent": self._intent,
            "refund": lambda ref: self._gateway.read_refund(ref, deadline=self.deadline),
            "dispute": lambda ref: self._gateway.read_dispute(ref, deadline=self.deadline),
        }
        answered = set(theirs.answered)
        for kind, reference in keys:
            about = _object_of(self.account, kind, reference)
            if about in read:
                now = self._or_none(read[about], reference)
                pictures[about].pop(reference, None)
                if now is not None:
                    pictures[about][reference] = now
                answered.add(reference)
        return replace(
            theirs,
            taken=pictures["payment_intent"],
            refunds=pictures["refund"],
            disputes=pictures["dispute"],
            answered=frozenset(answered),
        )

    def _intent(self, reference: str) -> Taken:
        intent = self._gateway.read_intent(reference, deadline=self.deadline)
        return _of_intent(intent, intent.captured)

    @staticmethod
    def _or_none(read: Callable[[str], Any], reference: str) -> Any:
        try:
            return read(reference)
        except GatewayRefused as refused:
            if refused.status == _MISSING:
                return None
            raise


_UNCONFIRMED = (IntentStatus.REQUIRES_PAYMENT_METHOD, IntentStatus.REQUIRES_CONFIRMATION, IntentStatus.REQUIRES_ACTION)


def _of_intent(intent: Intent, captured: Money) -> Taken:
    return Taken(intent.id, intent.status, captured, as_uuid(intent.attempt or ""), intent.created)


def _with_charge(known: Taken | None, charge: Charge) -> Taken:
    """An intent's charges are added up: a second one would be seen. One from before the list began is told by it."""
    if known is None:
        intent, attempt = str(charge.intent), as_uuid(charge.attempt or "")
        return Taken(intent, IntentStatus.SUCCEEDED, charge.amount, attempt, charge.created)
    return replace(known, captured=known.captured + charge.amount)


def _object_of(account: GatewayAccount, kind: str, reference: str) -> str:
    if kind != Kind.UNKNOWN_OBJECT:
        return _OBJECT[Kind(kind)]
    told = WebhookEvent.get_or_none(
        (WebhookEvent.gateway_account == account)
        & ((WebhookEvent.object_id == reference) | (WebhookEvent.intent_ref == reference))
    )
    if told is None or told.intent_ref == reference:
        return "payment_intent"
    return str(told.object_kind)
