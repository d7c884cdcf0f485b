"""Our own picture for a comparison, read from the store: what the gateway's names, and what it should name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from domain.reconciliation.compare import BookedDispute, BookedPayment, BookedRefund, Ours, Theirs
from domain.reconciliation.picture import CHUNK
from kit.ids import as_uuid
from kit.money import Money
from models.base import connected
from models.ledger import Journal
from models.merchants import GatewayAccount
from models.operations import Decision
from models.payments import Attempt, AttemptState, Dispute, Refund
from models.work import Difference

_T = TypeVar("_T")
_COLUMNS = (  # without the rest of a row: three days may hold a few hundred thousand
    Attempt.id,
    Attempt.payment,
    Attempt.gateway_ref,
    Attempt.state,
    Attempt.amount,
    Attempt.currency,
    Attempt.reserved_at,
    Attempt.state_since,
    Attempt.closed_at,
)
_LATE = 500  # single questions a run, at most
_NOT_TAKEN = "not_taken"  # domain.operations.stuck.terms.Decided, which stands above this


def load(account: GatewayAccount, theirs: Theirs, since: datetime, since_back: datetime, started: datetime) -> Ours:
    """Everything of ours that the comparison needs. What closed after the run began is not expected of it."""
    with connected():
        return Ours(
            payments=_payments(account, theirs, since, started),
            refunds=_refunds(account, theirs, since_back, started),
            disputes=_disputes(account, theirs, since_back, started),
        )


def closed_late(account: GatewayAccount, since: datetime) -> list[str]:
    """Intents of payments that came in since a moment but were begun before it, as bank debits are: the gateway's
    list since that moment does not have them."""
    query: Any = Attempt.select(Attempt.gateway_ref).where(
        (Attempt.gateway_account == account)
        & (Attempt.state == AttemptState.SUCCEEDED)
        & (Attempt.closed_at >= since)
        & (Attempt.reserved_at < since)
        & Attempt.gateway_ref.is_null(False)
    )
    return [str(ref) for (ref,) in query.order_by(Attempt.closed_at).limit(_LATE).tuples()]


def closed_by_hand(account: GatewayAccount, since: datetime) -> list[str]:
    """Intents of attempts that a person closed since a moment without the processor's own verdict: money that shows up
    at one of them must be seen, however old it is."""
    query: Any = (
        Attempt.select(Attempt.gateway_ref)
        .join(Decision, on=(Decision.attempt == Attempt.id))
        .where((Decision.what == _NOT_TAKEN) & (Decision.at >= since))
        .where((Attempt.gateway_account == account) & Attempt.gateway_ref.is_null(False))
    )
    return [str(ref) for (ref,) in query.order_by(Decision.at).limit(_LATE).tuples()]


def unfinished(since: datetime) -> Any:
    """Whether a retired account has open attempts, refunds or differences, or attempts closed by hand since then."""
    waits = Attempt.select(Attempt.gateway_account).where(Attempt.next_look_at.is_null(False))
    goes_back = Refund.select(Refund.gateway_account).where(
        Refund.next_look_at.is_null(False) & Refund.gateway_account.is_null(False)
    )
    differs = Difference.select(Difference.gateway_account).where(Difference.settled_at.is_null())
    by_hand = Attempt.select(Attempt.gateway_account).join(Decision, on=(Decision.attempt == Attempt.id))
    here = GatewayAccount.id
    return here.in_(waits) | here.in_(goes_back) | here.in_(differs) | here.in_(by_hand.where(Decision.at >= since))


def _payments(account: GatewayAccount, theirs: Theirs, since: datetime, started: datetime) -> tuple[BookedPayment, ...]:
    mine = Attempt.select(*_COLUMNS).where(Attempt.gateway_account == account).namedtuples()
    closed = (Attempt.state == AttemptState.SUCCEEDED) & (Attempt.closed_at >= since) & (Attempt.reserved_at >= since)
    rows = _by(mine, Attempt.gateway_ref, theirs.answered)
    rows |= _by(mine, Attempt.id, [row.attempt for row in theirs.taken.values() if row.attempt])
    rows |= {row.id: row for row in mine.where(closed)}
    journals = _journals(str(row.payment) for row in rows.values())
    return tuple(
        BookedPayment(
            attempt=row.id,
            reference=row.gateway_ref,
            state=row.state,
            amount=Money(row.amount, row.currency),
            journal=str(row.payment) in journals,
            since=row.state_since,
            expected=_is_expected(row.gateway_ref, theirs, row.reserved_at, since, row.closed_at, started),
        )
        for row in rows.values()
    )


def _is_expected(  # noqa: PLR0917 - one rule and its facts
    reference: str | None, theirs: Theirs, made: datetime, since: datetime, done: datetime | None, started: datetime
) -> bool:
    """Asked for by name, or made within the list's time; and done before the run began."""
    asked = reference in theirs.answered or made >= since
    return asked and done is not None and done < started


def _journals(payments: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for chunk in _chunks(payments):
        query: Any = Journal.select(Journal.source).where((Journal.kind == "payment") & Journal.source.in_(chunk))
        found |= {source for (source,) in query.tuples()}
    return found


def _refunds(account: GatewayAccount, theirs: Theirs, since: datetime, started: datetime) -> tuple[BookedRefund, ...]:
    mine = Refund.select().where(Refund.gateway_account == account)
    claimed = [as_uuid(row.refund or "") for row in theirs.refunds.values()]
    rows = _by(mine, Refund.gateway_ref, theirs.answered)
    rows |= _by(mine, Refund.id, [each for each in claimed if each])
    rows |= {row.id: row for row in mine.where((Refund.sent_at >= since) & Refund.gateway_ref.is_null(False))}
    return tuple(
        BookedRefund(
            refund=row.id,
            reference=row.gateway_ref,
            state=row.state,
            amount=Money(row.amount, row.currency),
            since=row.state_since,
            expected=_is_expected(
                row.gateway_ref, theirs, row.sent_at or row.created_at, since, row.state_since, started
            ),
        )
        for row in rows.values()
    )


def _disputes(account: GatewayAccount, theirs: Theirs, since: datetime, started: datetime) -> tuple[BookedDispute, ...]:
    mine = Dispute.select().where(Dispute.gateway_account == account)
    rows = _by(mine, Dispute.gateway_ref, theirs.answered)
    rows |= {row.id: row for row in mine.where(Dispute.opened_at >= since)}
    return tuple(
        BookedDispute(
            reference=row.gateway_ref,
            state=row.state,
            amount=Money(row.amount, row.currency),
            expected=_is_expected(row.gateway_ref, theirs, row.opened_at, since, row.opened_at, started),
        )
        for row in rows.values()
    )


def _by(query: Any, column: Any, keys: Iterable[Any]) -> dict[Any, Any]:
    rows: dict[Any, Any] = {}
    for chunk in _chunks(keys):
        rows |= {row.id: row for row in query.where(column.in_(chunk))}
    return rows


def _chunks(keys: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(keys)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
