"""Taking an amount off an order without a payment: cancelled, written off, settled with credit.

A write-off and used credit post a journal, because money stands behind them. Cancelling posts nothing: it says that the
thing was never owed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.ledger import post as ledger
from domain.ledger.balance import usable_credit
from domain.orders.locks import is_held, lock_credit, lock_orders
from domain.recoveries import cases, ending
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from kit.money import Money
from models.base import locked, require_unit_of_work, unit_of_work
from models.console import Note
from models.customers import Customer
from models.ledger import Journal
from models.orders import Adjustment, AdjustmentKind, Order
from models.payments import PromiseState, RecoveredBy, Recovery, RecoveryState


def void_order(
    *, merchant: UUID, order: UUID, note: str = "", actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> None:
    """Cancels an order on which nothing is paid. A second time does nothing.

    Raises NotFound (not this merchant's), Conflict (a payment is under way), DomainError (something is paid).
    """
    with unit_of_work():
        row = _mine(merchant, order)
        if row.open == 0 and row.adjusted == row.total:
            return
        if row.paid:
            raise DomainError(
                _("%(number)s is paid in part. Refund that first, then cancel the rest.") % {"number": row.number}
            )
        now = utc_now()
        _take_off(row, row.open, AdjustmentKind.VOID, note=note, now=now)
        _end_case(row, now)
        _tell("order.voided", row, row.open, actor, actor_id)


def write_off_order(
    *, merchant: UUID, order: UUID, note: str = "", actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> None:
    """Gives up what is open on an order. A second time does nothing.

    Raises NotFound (not this merchant's), Conflict (a payment is under way).
    """
    with unit_of_work():
        row = _mine(merchant, order)
        write_off(order=row.id, note=note, actor=actor, actor_id=actor_id)
        for case in _cases(row):
            cases.not_needed(case.id, utc_now())


def write_off(*, order: UUID, note: str = "", actor: Actor, actor_id: UUID | None = None) -> Money:
    """Writes off what is open on an order, in the caller's unit of work, and returns it: zero when nothing was open.

    The recovery is the caller's to close. Raises Conflict while a payment is under way.
    """
    require_unit_of_work()
    row, now = lock_orders([order])[0], utc_now()
    amount = Money(row.open, row.currency)
    if amount:
        source = _take_off(row, row.open, AdjustmentKind.WRITE_OFF, note=note, now=now)
        lines = [(ledger.WRITE_OFF, amount), (ledger.receivable(row.id), -amount)]
        ledger.post(merchant=row.merchant_id, kind="write_off", source=source, at=now, lines=lines)
        _tell("order.written_off", row, amount.minor, actor, actor_id)
    return amount


def apply_credit(*, merchant: UUID, order: UUID, actor: Actor = Actor.STAFF, actor_id: UUID | None = None) -> Money:
    """Settles an order with its customer's credit, as far as it goes, and returns how much: never more than is open.
    What a refund under way will take of the credit is not used.

    Raises NotFound (not this merchant's), Conflict (a payment is under way), DomainError (no credit, nothing open).
    """
    with unit_of_work():
        row, now = _mine(merchant, order), utc_now()
        lock_credit(row.customer_id)
        amount = Money(min(usable_credit(row.customer_id, row.currency).minor, row.open), row.currency)
        if amount.minor <= 0:
            raise DomainError(_("There is no credit to use for %(number)s.") % {"number": row.number})
        source = _take_off(row, amount.minor, AdjustmentKind.CREDIT, note="", now=now)
        lines = [(ledger.credit(row.customer_id), amount), (ledger.receivable(row.id), -amount)]
        ledger.post(merchant=merchant, kind="credit", source=source, at=now, lines=lines)
        if amount.minor == row.open:
            _win_case(row, now)
        _tell("order.credited", row, amount.minor, actor, actor_id)
        return amount


def give_credit(
    *,
    merchant: UUID,
    customer: UUID,
    amount: Money,
    handle: UUID,
    note: str = "",
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> None:
    """Gives a customer credit as a courtesy; the merchant bears it. The same form (`handle`) twice gives it once.

    A staff person's `note` goes to the team's notes on the customer. Raises NotFound (not this merchant's), DomainError
    (an amount of zero or less).
    """
    with unit_of_work():
        mine = (Customer.id == customer) & (Customer.merchant == merchant) & Customer.merged_into.is_null()
        if locked(Customer.select(Customer.id).where(mine)).first() is None:  # locked: two with one form take turns
            raise NotFound(_("This customer is not there."))
        if amount.minor <= 0:
            raise DomainError(_("Write an amount above zero."), field="amount")
        if Journal.select().where((Journal.kind == "credit_given") & (Journal.source == str(handle))).exists():
            return
        lines = [(ledger.WRITE_OFF, amount), (ledger.credit(customer), -amount)]
        ledger.post(merchant=merchant, kind="credit_given", source=str(handle), at=utc_now(), lines=lines)
        record(
            "customer.credited",
            merchant=merchant,
            actor=actor,
            actor_id=actor_id,
            customer=customer,
            subject=handle,
            facts={"amount": amount.minor, "currency": amount.currency},
        )
        if note.strip() and actor_id is not None:  # the trail keeps for ever what it is told; a note can be erased
            kept = {"merchant": merchant, "customer": customer, "staff": actor_id, "text": note.strip()[:500]}
            Note.create(id=uuid7(), **kept, made_at=utc_now())


def _mine(merchant: UUID, order: UUID) -> Order:
    if not Order.select().where((Order.id == order) & (Order.merchant == merchant)).exists():
        raise NotFound(_("This purchase is not there."))
    return lock_orders([order])[0]


def _take_off(row: Order, amount: int, kind: AdjustmentKind, *, note: str, now: datetime) -> str:
    """Lowers what is open and returns the adjustment's id, the source of its journal."""
    if is_held(row.id):
        raise Conflict(_("A payment for %(number)s is under way. Wait until it is done.") % {"number": row.number})
    adjustment = Adjustment.create(id=uuid7(), order=row, kind=kind, amount=amount, note=note[:500], created_at=now)
    values = {"adjusted": Order.adjusted + amount, "open": Order.open - amount}
    if amount == row.open:
        values["collect_at"] = None  # type: ignore[assignment]  # nothing is left for the clock to collect
    Order.update(**values).where(Order.id == row.id).execute()
    return str(adjustment.id)


def _end_case(row: Order, now: datetime) -> None:
    """No further try is made for an order that is not owed any more; a schedule that waited for it goes on."""
    for case in _cases(row):
        cases.not_needed(case.id, now)
    ending.revive(row)


def _win_case(row: Order, now: datetime) -> None:
    """Settled with the customer's own money: the case is recovered, by the merchant's hand and without a payment."""
    for case in _cases(row):
        Recovery.update(state=RecoveryState.RECOVERED, by=RecoveredBy.MERCHANT, why="", note="", closed_at=now).where(
            Recovery.id == case.id
        ).execute()
        cases.drop_tries(case.id)
        cases.close_promises(case.id, PromiseState.KEPT, now)
    ending.revive(row)


def _cases(row: Order) -> list[Recovery]:
    wanted = Recovery.state.in_([RecoveryState.OPEN, RecoveryState.EXHAUSTED])
    return list(Recovery.select().where((Recovery.order == row) & wanted))


def _tell(kind: str, row: Order, amount: int, actor: Actor, actor_id: UUID | None) -> None:
    record(
        kind,
        merchant=row.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=row.customer_id,
        subject=row.id,
        facts={"amount": amount},
    )
