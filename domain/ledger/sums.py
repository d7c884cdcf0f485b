"""The books add up: every amount that is cached equals the rows behind it, and the ledger says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from peewee import fn

from domain.ledger.broken import Broken
from models.ledger import Journal, Posting
from models.orders import Adjustment, AdjustmentKind, Order
from models.payments import (
    Allocation,
    Dispute,
    DisputeAllocation,
    DisputeKind,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundAllocation,
    RefundState,
)

_UNMOVED = [DisputeState.INQUIRY, DisputeState.CLOSED]  # a bank asked, and took nothing
_CAPTURED = [PaymentState.SUCCEEDED, PaymentState.REVERSED]
_GONE = (RefundState.PENDING, RefundState.SUCCEEDED)
_POSTED = [AdjustmentKind.CREDIT, AdjustmentKind.WRITE_OFF]  # voids and what refunds leave behind move no money


def _captured_once(_now: datetime) -> Iterator[Broken]:
    """I2: a captured payment has exactly one journal, and a journal a captured payment."""
    yield from _same("I2", "payment", _ids(Payment.select(Payment.id).where(Payment.state.in_(_CAPTURED))))


def _back_once(_now: datetime) -> Iterator[Broken]:
    """I2: what goes back has its journals, each once: refunds, disputes, returns, cheques that bounced."""
    refunds = Refund.select(Refund.id)
    booked, failed = _sources("refund"), _sources("refund_failed")
    yield from _compared("I2", "refund", booked - failed, _ids(refunds.where(Refund.state == RefundState.SUCCEEDED)))
    for odd in failed - booked:
        yield Broken("I2", odd, "a refund failed that was never booked")
    card, bank = Dispute.kind == DisputeKind.CARD, Dispute.kind == DisputeKind.BANK_RETURN
    won = Dispute.state == DisputeState.WON
    disputes = Dispute.select(Dispute.id)
    yield from _same("I2", "dispute", _ids(disputes.where(card & Dispute.state.not_in(_UNMOVED))))
    yield from _same("I2", "dispute_won", _ids(disputes.where(card & won)))
    yield from _same("I2", "dispute_lost", _ids(disputes.where(Dispute.lost_as.is_null(False))))
    yield from _same("I2", "return", _ids(disputes.where(bank)))
    yield from _same("I2", "return_won", _ids(disputes.where(bank & won)))
    yield from _same("I2", "bounced", _ids(Payment.select(Payment.id).where(_bounced())))


def _same(rule: str, kind: str, rows: set[str]) -> Iterator[Broken]:
    posted = _sources(kind)
    if len(posted) != Journal.select().where(Journal.kind == kind).count():
        yield Broken(rule, "journal", f"a {kind} was posted twice")
    yield from _compared(rule, kind, posted, rows)


def _compared(rule: str, kind: str, posted: set[str], rows: set[str]) -> Iterator[Broken]:
    for lost in rows - posted:
        yield Broken(rule, lost, f"{kind} without a journal")
    for phantom in posted - rows:
        yield Broken(rule, phantom, f"a journal without its {kind}")


def _sources(kind: str) -> set[str]:
    rows: Any = Journal.select(Journal.source).where(Journal.kind == kind).tuples()
    return {source for (source,) in rows}


def _ids(query: Any) -> set[str]:
    return {str(row) for (row,) in query.tuples()}


def _bounced() -> Any:
    """Money from outside that was not good: it counts for nothing, and neither do its refunds."""
    return (Payment.state == PaymentState.REVERSED) & Payment.gateway_account.is_null()


def _journals_balance(_now: datetime) -> Iterator[Broken]:
    """I3: every journal sums to zero per currency."""
    rows = (
        Posting.select(Posting.journal, Posting.currency, fn.SUM(Posting.amount).alias("total"))
        .group_by(Posting.journal, Posting.currency)
        .having(fn.SUM(Posting.amount) != 0)
    )
    for row in rows:
        yield Broken("I3", str(row.journal_id), f"sums to {row.total} {row.currency}")


def _orders_add_up(_now: datetime) -> Iterator[Broken]:
    """I1, I3, I5: `paid`, `adjusted` and `open` equal the sums of the rows behind them, and the ledger agrees.

    `paid` is what payments brought, less refunds and reversals. A receivable holds that, and what credit and write-offs
    settled.
    """
    counts = Payment.state.in_(_CAPTURED) & ~_bounced()
    came = _by_order(Allocation, Allocation.select().join(Payment).where(counts))
    refunds = RefundAllocation.select().join(Refund).join(Payment)
    went = _by_order(RefundAllocation, refunds.where(counts & (Refund.state == RefundState.SUCCEEDED)))
    back = _by_order(DisputeAllocation, DisputeAllocation.select())
    adjusted = _by_order(Adjustment, Adjustment.select())
    posted = _by_order(Adjustment, Adjustment.select().where(Adjustment.kind.in_(_POSTED)))
    ledger = _receivables()
    columns = (Order.id, Order.total, Order.adjusted, Order.paid, Order.open)
    for order, total, was_adjusted, paid, left in Order.select(*columns).tuples().iterator():
        expected = came.get(order, 0) - went.get(order, 0) - back.get(order, 0)
        if paid != expected:
            yield Broken("I5", str(order), f"paid is {paid}, payments say {expected}")
        if ledger.get(str(order), 0) != paid + posted.get(order, 0):
            yield Broken("I3", str(order), f"paid is {paid}, the ledger says {ledger.get(str(order), 0)}")
        if was_adjusted != adjusted.get(order, 0):
            yield Broken("I3", str(order), f"adjusted is {was_adjusted}, rows say {adjusted.get(order, 0)}")
        if left != total - was_adjusted - paid or left < 0:
            yield Broken("I1", str(order), f"open is {left} of {total}, adjusted {was_adjusted}, paid {paid}")


def _receivables() -> dict[str, int]:
    rows: Any = (
        Posting.select(Posting.account, fn.SUM(Posting.amount))
        .where(Posting.account.startswith("receivable:"))
        .group_by(Posting.account)
        .tuples()
    )
    return {account.removeprefix("receivable:"): -int(total) for account, total in rows}


def _by_order(table: Any, query: Any) -> dict[Any, int]:
    rows = query.select(table.order, fn.SUM(table.amount)).group_by(table.order).tuples()
    return {order: int(total) for order, total in rows}


def _never_more_back(_now: datetime) -> Iterator[Broken]:
    """I5: what we gave back or may have never exceeds what was captured, nor does what really went, by us or elsewhere;
    and no order gives back more than it got."""
    ours: dict[Any, int] = {}
    went: dict[Any, int] = {}
    columns = (Refund.payment, Refund.amount, Refund.state, Refund.elsewhere)
    for refund in Refund.select(*columns).where(Refund.state != RefundState.FAILED):
        for sums, counts in ((ours, not refund.elsewhere), (went, refund.state in _GONE)):
            sums[refund.payment_id] = sums.get(refund.payment_id, 0) + (refund.amount if counts else 0)
    for payment in Payment.select().where(Payment.id.in_(list(ours))):
        refunded = max(ours[payment.id], went[payment.id])
        if refunded > payment.amount or payment.state not in _CAPTURED:
            yield Broken("I5", str(payment.id), f"{refunded} refunded of {payment.amount}, {payment.state}")
    shares: dict[tuple[Any, Any], int] = {}
    gone = RefundAllocation.select(RefundAllocation, Refund).join(Refund).where(Refund.state == RefundState.SUCCEEDED)
    for share in gone:
        key = (share.refund.payment_id, share.order_id)
        shares[key] = shares.get(key, 0) + share.amount
    for row in DisputeAllocation.select(DisputeAllocation, Dispute).join(Dispute):
        key = (row.dispute.payment_id, row.order_id)
        shares[key] = shares.get(key, 0) + row.amount
    payments = list({payment for payment, _order in shares})
    got = {
        (row.payment_id, row.order_id): row.amount
        for row in Allocation.select().where(Allocation.payment.in_(payments))
    }
    for (payment_id, order), amount in shares.items():
        if amount > got.get((payment_id, order), 0):
            yield Broken("I5", str(payment_id), f"{amount} went back from order {order}, more than it got")


def _disputes_hold(_now: datetime) -> Iterator[Broken]:
    """I3: `dispute:<payment>` holds exactly what the networks keep and nobody has booked."""
    waiting: dict[str, int] = {}
    kept = [DisputeState.OPEN, DisputeState.LOST]
    undecided = Dispute.lost_as.is_null() & Dispute.state.in_(kept) & (Dispute.kind == DisputeKind.CARD)
    for row in Dispute.select().where(undecided):
        waiting[f"dispute:{row.payment_id}"] = waiting.get(f"dispute:{row.payment_id}", 0) + row.amount
    held = {
        row.account: int(row.total)
        for row in Posting.select(Posting.account, fn.SUM(Posting.amount).alias("total"))
        .where(Posting.account.startswith("dispute:"))
        .group_by(Posting.account)
    }
    for account in waiting.keys() | held.keys():
        if waiting.get(account, 0) != held.get(account, 0):
            yield Broken("I3", account, f"holds {held.get(account, 0)}, disputes say {waiting.get(account, 0)}")


RULES: tuple[Callable[[datetime], Iterator[Broken]], ...] = (
    _captured_once,
    _back_once,
    _journals_balance,
    _orders_add_up,
    _never_more_back,
    _disputes_hold,
)
