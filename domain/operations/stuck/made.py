"""What decisions about stuck money share: what judges them, how they are refused, that each is kept with its act.

Building blocks, for the unit of work of the decision.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.operations.acts import Act, act, reason_of
from domain.operations.stuck import terms
from domain.operations.stuck.terms import Decided, Facts, Said, Why
from domain.operations.stuck.words import why_not
from domain.payments.at_gateway import is_readable
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.i18n import _
from kit.money import Money
from models.merchants import GatewayAccount
from models.operations import Decision, Evidence
from models.payments import Attempt, AttemptState, Refund
from models.work import Event


def keep(
    row: Attempt | Refund,
    found: Evidence | None,
    *,
    what: Decided,
    how: Act,
    staff: UUID,
    reason: str,
    handle: UUID,
) -> None:
    """The act with its event, and the decision; both carry the form's handle. No decision without its act."""
    name = "attempt" if isinstance(row, Attempt) else "refund"
    about = f"{name} {row.id}"
    if act(act=how, staff=staff, reason=reason, handle=handle, about=about, merchant=row.payment.merchant_id) is None:
        raise Conflict(of_something_else())
    facts = {name: row, "evidence": found, "what": what, "reason": reason_of(reason), "staff": staff}
    Decision.create(id=handle, at=utc_now(), **facts)


def put_off(row: Attempt | Refund, wait: timedelta, now: datetime) -> None:
    """Moves the next look of a stuck row, unless somebody looks at it just now."""
    if wait not in terms.WAITS:
        raise DomainError(_("Choose when to look again."), field="wait")
    table = type(row)
    at = now + wait
    if row.state == AttemptState.UNKNOWN and row.next_look_at is not None:  # the same word for a refund
        at = min(at, row.next_look_at)
    free = table.lease_until.is_null() | (table.lease_until <= now)
    table.update(next_look_at=at).where((table.id == row.id) & (table.epoch == row.epoch) & free).execute()


def facts_of(row: Attempt | Refund, found: Evidence | None, now: datetime) -> Facts:
    """What a decision about this row is judged by. A refund's day counts from when it was first sent."""
    since = (row.sent_at or row.state_since) if isinstance(row, Refund) else row.state_since
    return Facts(
        state=row.state,
        since=since,
        leased=row.lease_until is not None and row.lease_until > now,
        said=found.said if found else None,
        asked_at=found.at if found else None,
    )


def refuse(why: Why | None) -> None:
    """Raises DomainError with what to do instead, where there is a reason against it."""
    if why is not None:
        raise (Conflict if why is Why.BUSY else DomainError)(why_not(why))


def still_unreadable(account: GatewayAccount, found: Evidence) -> None:
    """Raises DomainError when the account has a readable key, or another one, since it was asked: then it is asked
    again."""
    connected = (Event.kind == "gateway_account.connected") & (Event.merchant == account.merchant_id)
    if Event.select().where(connected & (Event.at > found.at)).exists():
        raise DomainError(why_not(Why.STALE))
    if found.said == Said.KEY_UNREADABLE and is_readable(account):
        raise DomainError(why_not(Why.STALE))


def of_something_else() -> str:
    """What is said of a form's handle that stands for another act already."""
    return _("This form is not good any more. Open it again.")


def compare(typed: Money | None, amount: Money) -> None:
    """Raises DomainError at `amount` unless that very amount was typed."""
    if typed != amount:
        raise DomainError(
            _("The account cannot be read, so type the amount that you close: %(amount)s.") % {"amount": amount},
            field="amount",
        )
