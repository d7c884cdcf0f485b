"""What the raw rows of a stretch of a merchant's days say. Reads; the words of its columns are in models/reports.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peewee import JOIN, SQL, Case, Field, fn

from domain.reports.shapes import Helper
from domain.reports.window import Window
from integrations.gateways.base import MethodKind
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.payments import (
    Attempt,
    AttemptState,
    Dispute,
    DisputeState,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    RecoveredBy,
    Recovery,
    RecoveryState,
    Refund,
    RefundState,
    TryState,
)
from models.reports import CaseRollup, PaidRollup, TryRollup

BANK = "bank"  # stands for the network of a bank account
NO_CODE = "generic_decline"  # a "no" that came without any
_RECEIVED = (PaymentState.SUCCEEDED, PaymentState.REVERSED)
HELPERS = {
    Origin.PORTAL: Helper.PORTAL,
    Origin.FIX_IT: Helper.FIX_IT,
    Origin.AUTOMATIC: Helper.AUTOMATIC,
    Origin.RETRY: Helper.AUTOMATIC,
    Origin.MERCHANT: Helper.TEAM,
    Origin.IMPORT: Helper.TEAM,
}
Rows = list[dict[Field, Any]]


def helper_of(by: RecoveredBy | None, origin: Origin | None) -> Helper:
    """Who brought it back, by the payment that did; a payment that somebody wrote down counts as the team's."""
    if origin is not None:
        return HELPERS[origin]
    known = {RecoveredBy.RETRY: Helper.AUTOMATIC, RecoveredBy.CUSTOMER: Helper.PORTAL}
    return known.get(by or RecoveredBy.MERCHANT, Helper.TEAM)


def network_column() -> Any:
    """The network of the joined method: the card's brand, or BANK."""
    return Case(None, [(PaymentMethod.kind == MethodKind.BANK, SQL(f"'{BANK}'"))], PaymentMethod.brand)


def code_column() -> Any:
    """The decline code of the joined attempt."""
    return fn.COALESCE(Attempt.decline_code, SQL(f"'{NO_CODE}'"))


def planned_column() -> Any:
    """Whether an automatic try of the recovery is planned."""
    planned = PlannedTry.select(SQL("1"))
    return fn.EXISTS(planned.where((PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.PLANNED)))


def tries_column() -> Any:
    """How many retries of the recovery have been made."""
    made = PlannedTry.select(fn.COUNT(SQL("1")))
    return made.where((PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.MADE))


def retry_column() -> Any:
    """The number of the joined attempt among the retries of its recovery: 0 for one that is none."""
    mine, until = PlannedTry.alias("mine"), PlannedTry.alias("until")
    made = (until.recovery == mine.recovery) & (until.state == TryState.MADE) & (until.n <= mine.n)
    return until.select(fn.COUNT(SQL("1"))).join(mine, on=made).where(mine.attempt == Attempt.id)


def declined(merchant: Any, *columns: Any) -> Any:
    """The query of all declined attempts of a merchant, their methods joined."""
    return (
        Payment.select(*columns)
        .join(Attempt, on=(Attempt.payment == Payment.id))
        .join(PaymentMethod, on=(Attempt.method == PaymentMethod.id))
        .where(
            (Payment.merchant == merchant)
            & (Payment.state == PaymentState.FAILED)
            & (Attempt.state == AttemptState.FAILED)
        )
    )


def opened(merchant: Any, *columns: Any) -> Any:
    """The query of all recoveries of a merchant, the attempt that opened each and its method joined."""
    return (
        Recovery.select(*columns)
        .join(Attempt, on=(Recovery.attempt == Attempt.id))
        .join(PaymentMethod, on=(Attempt.method == PaymentMethod.id))
        .join(Payment, JOIN.LEFT_OUTER, on=(Recovery.payment == Payment.id))
        .where(Recovery.merchant == merchant)
    )


def tries(merchant: Merchant, window: Window) -> Rows:
    """The rows of TryRollup for these days."""
    query = declined(
        merchant,
        *(Payment.closed_at, Payment.currency, code_column(), network_column(), PaymentMethod.kind),
        *(retry_column().alias("retry"), Payment.origin, Payment.amount),
    ).where(window.holds(Payment.closed_at))
    zone = ZoneInfo(merchant.zone)
    found = (
        ((*_clock(at, zone), *rest, int(n), HELPERS[Origin(origin)].value), (1, minor))
        for at, *rest, n, origin, minor in query.tuples()
    )
    at = (TryRollup.day, TryRollup.hour, TryRollup.weekday)
    what = (TryRollup.currency, TryRollup.code, TryRollup.network, TryRollup.kind, TryRollup.n, TryRollup.channel)
    return _counted(found, (*at, *what), (TryRollup.count, TryRollup.minor))


def cases(merchant: Merchant, window: Window) -> Rows:
    """The rows of CaseRollup for these days."""
    query = opened(
        merchant,
        *(Recovery.opened_at, Recovery.closed_at, Recovery.amount, Recovery.state, Recovery.by, Payment.origin),
        *(Recovery.currency, code_column(), network_column(), PaymentMethod.kind),
        *(planned_column().alias("has_try"), tries_column().alias("made")),
    ).where(window.holds(Recovery.opened_at))
    zone = ZoneInfo(merchant.zone)
    at = (CaseRollup.day, CaseRollup.hour, CaseRollup.weekday)
    fate = (CaseRollup.state, CaseRollup.by, CaseRollup.age)
    what = (CaseRollup.currency, CaseRollup.code, CaseRollup.network, CaseRollup.kind)
    plan = (CaseRollup.planned, CaseRollup.tries)
    values = (CaseRollup.count, CaseRollup.minor, CaseRollup.seconds)
    return _counted((_case(row, zone) for row in query.tuples()), (*at, *fate, *what, *plan), values)


def _case(row: tuple[Any, ...], zone: ZoneInfo) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    opened_at, closed_at, minor, state, by, origin, *what, planned, made = row
    fate: tuple[Any, ...] = (state.value, "", None)
    seconds = 0
    if state == RecoveryState.RECOVERED:
        took = closed_at - opened_at
        age = (closed_at.astimezone(zone).date() - opened_at.astimezone(zone).date()).days
        fate, seconds = (state.value, helper_of(by, origin).value, age), took // timedelta(seconds=1)
    return (*_clock(opened_at, zone), *fate, *what, int(planned), int(made)), (1, minor, seconds)


def paid(merchant: Merchant, window: Window) -> Rows:
    """The rows of PaidRollup for these days: what came in, and what of it went back by now."""
    mine = (Payment.merchant == merchant) & Payment.state.in_(_RECEIVED) & window.holds(Payment.closed_at)
    bounced = Payment.external.is_null(False) & (Payment.state == PaymentState.REVERSED)
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    nothing = SQL("0")
    received = Payment.select(
        *_of_payment(window),
        *(fn.COUNT(Payment.id), fn.SUM(Payment.amount), fn.SUM(Case(None, [(bounced, Payment.amount)], nothing))),
    )
    for *key, count, minor, returned in _by_payment(received, mine):
        _add(found, key, (count, minor, 0, returned))
    back = fn.SUM(Refund.amount)
    again = fn.SUM(Case(None, [(bounced, Refund.amount)], nothing))  # what was refunded did not bounce
    refunded = Refund.select(*_of_payment(window), back, again).join(Payment)
    for *key, minor, twice in _by_payment(refunded, mine & (Refund.state == RefundState.SUCCEEDED)):
        _add(found, key, (0, 0, minor, -twice))
    lost = Dispute.select(*_of_payment(window), fn.SUM(Dispute.amount)).join(Payment)
    for *key, minor in _by_payment(lost, mine & (Dispute.state == DisputeState.LOST)):
        _add(found, key, (0, 0, 0, minor))
    columns = (PaidRollup.day, PaidRollup.currency, PaidRollup.channel, PaidRollup.kind, PaidRollup.network)
    values = (PaidRollup.count, PaidRollup.minor, PaidRollup.refunded, PaidRollup.returned)
    return _counted(((_paid_key(key, window), tuple(sums)) for key, sums in found.items()), columns, values)


def _of_payment(window: Window) -> list[Any]:
    """The columns that payments are told apart by, each with the name by which it is grouped."""
    kind = fn.COALESCE(PaymentMethod.kind, Payment.external, SQL("''"))
    network = fn.COALESCE(network_column(), SQL("''"))
    bucket = window.bucket(Payment.closed_at) if len(window.starts) > 1 else SQL("0")
    return [
        bucket.alias("bucket"),
        Payment.currency,
        Payment.origin,
        kind.alias("method_kind"),
        network.alias("network"),
    ]


def _by_payment(query: Any, mine: Any) -> Any:
    grouped = (SQL("bucket"), Payment.currency, Payment.origin, SQL("method_kind"), SQL("network"))
    joined = query.join(PaymentMethod, JOIN.LEFT_OUTER, on=(Payment.method == PaymentMethod.id))
    return joined.where(mine).group_by(*grouped).tuples()


def _paid_key(key: tuple[Any, ...], window: Window) -> tuple[Any, ...]:
    bucket, currency, origin, kind, network = key
    channel = Origin.IMPORT.value if origin == Origin.IMPORT else HELPERS[Origin(origin)].value
    return window.starts[int(bucket)], currency, channel, kind, network


def _add(found: dict[tuple[Any, ...], list[int]], key: Iterable[Any], values: Iterable[Any]) -> None:
    sums = found[tuple(key)]
    for n, value in enumerate(values):
        sums[n] += int(value)


def _clock(at: datetime, zone: ZoneInfo) -> tuple[Any, int, int]:
    local = at.astimezone(zone)
    return local.date(), local.hour, local.weekday()


def _counted(found: Iterable[tuple[tuple[Any, ...], tuple[int, ...]]], keys: Any, values: Any) -> Rows:
    """One row for each different key, its values added up."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for key, parts in found:
        if (known := sums.get(key)) is None:
            sums[key] = list(parts)
        else:
            sums[key] = [one + other for one, other in zip(known, parts, strict=True)]
    return [dict(zip((*keys, *values), (*key, *total), strict=True)) for key, total in sums.items()]
