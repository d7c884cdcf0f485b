"""What the merchant does in a run, and what happens to money that was taken: refunds, disputes, cash, schedules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.disputes.decide import decide
from domain.orders.adjust import apply_credit, void_order, write_off_order
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.payments.take import Taking, take
from domain.reconciliation.run import CHARGES_BACK, reconcile
from domain.refunds import ask as refunds
from domain.refunds.reserve import refund
from domain.schedules.pause import pause, resume
from domain.schedules.skip import skip
from kit.clock import utc_now
from kit.ids import uuid7
from kit.money import Money
from models.methods import BillingSchedule
from models.orders import Order
from models.payments import Dispute, LostAs, Payment, Refund
from sandbox.wire import Refusal

if TYPE_CHECKING:
    from tests.proof.run import Run

_SMALL = 100


def refunds_some(run: Run) -> None:
    """Gives a payment back, whole or a part; the form is sent twice at times, and a worker may come at once."""
    rows = list(Payment.select().order_by(Payment.id))
    if not rows:
        return
    row, handle = run.chance.choice(rows), uuid7()
    amount = Money(run.chance.choice((row.amount, row.amount, row.amount // 2, _SMALL)), row.currency)
    owed = run.chance.random() < 0.3

    def give() -> UUID:
        return refund(merchant=run.cast.merchant.id, payment=row.id, amount=amount, handle=handle, still_owed=owed)

    for _sent in range(run.chance.choice((1, 1, 2))):
        run.guarded("refunds", give)
    if run.chance.random() < 0.5:
        refunds.look(handle)


def looks_at_refund(run: Run) -> None:
    """Somebody asks what became of one."""
    rows = list(Refund.select().order_by(Refund.id))
    if rows:
        refunds.look(run.chance.choice(rows).id)


def takes_cash(run: Run) -> None:
    """Money came outside the gateway, or a cheque of before was not good."""
    cash = list(Payment.select().where(Payment.external.is_null(False)).order_by(Payment.id))
    if cash and run.chance.random() < 0.4:
        bounced(merchant=run.cast.merchant.id, payment=run.chance.choice(cash).id, staff=None)
        return
    order = _any_order(run)
    share = Money(max(1, run.chance.choice((order.open, order.open // 2))), order.currency)
    received = Received(
        handle=uuid7(),
        customer=run.cast.customer.id,
        shares={order.id: share},
        kind=run.chance.choice(list(Outside)),
        received_on=(utc_now() - timedelta(days=1)).date(),
    )
    for _sent in range(run.chance.choice((1, 2))):
        run.guarded(
            "records cash", lambda: record_outside(merchant=run.cast.merchant.id, received=received, staff=None)
        )


def takes_payment(run: Run) -> None:
    """The customer says yes on the phone: a stored method is charged now, whole or a part; the form is sent twice."""
    order, method = _any_order(run), run.chance.choice(run.cast.methods)
    whole = Money(order.open, order.currency)
    taking = Taking(
        handle=uuid7(),
        customer=order.customer_id,
        method=method.id,
        shares={order.id: Money(max(1, run.chance.choice((order.open, order.open, order.open // 2))), order.currency)},
        seen={order.id: whole},
        agreed=True,
    )
    for _sent in range(run.chance.choice((1, 1, 2))):
        run.guarded("takes a payment", lambda: take(merchant=run.cast.merchant.id, taking=taking, staff=None))


def gives_up(run: Run) -> None:
    """An order is voided or written off, or settled with the customer's credit."""
    act = run.chance.choice((void_order, write_off_order, apply_credit, apply_credit))
    act(merchant=run.cast.merchant.id, order=_any_order(run).id)


def _any_order(run: Run) -> Order:
    found: Order = run.chance.choice(list(Order.select().order_by(Order.id)))
    return found


def moves_schedule(run: Run) -> None:
    """Pauses, resumes or skips."""
    rows = list(BillingSchedule.select().order_by(BillingSchedule.id))
    if not rows:
        return
    row, owner = run.chance.choice(rows), run.cast.merchant.id
    match run.chance.randrange(3):
        case 0:
            pause(merchant=owner, schedule=row.id, until=utc_now().date() + timedelta(days=run.chance.randint(1, 9)))
        case 1:
            resume(merchant=owner, schedule=row.id)
        case _:
            if row.next_on is not None:
                skip(merchant=owner, schedule=row.id, day=row.next_on)


def goes_back(run: Run) -> None:
    """At the processor: a charge is disputed, a debit returned, a dispute decided, a refund made there or failing."""
    sandbox = run.day.sandbox
    charges = [each for each in sandbox.charges() if each["status"] == "succeeded"]
    disputes = [each for each in sandbox.world.store.every("dispute") if each.body["status"] == "needs_response"]
    given = [each for each in sandbox.world.store.every("refund") if each.body["status"] in ("succeeded", "pending")]
    try:
        if disputes and run.chance.random() < 0.6:
            verdict = run.chance.choice(("won", "lost"))
            sandbox.control(disputes=[{"id": run.chance.choice(disputes).id, "status": verdict}])
        elif given and run.chance.random() < 0.3:
            sandbox.control(refunds=[{"id": run.chance.choice(given).id, "status": "failed"}])
        elif charges:
            charge = run.chance.choice(charges)
            if charge["disputed"]:
                return
            if run.chance.random() < 0.3:
                sandbox.control(refunds=[{"charge": charge["id"], "amount": _SMALL}])
            elif str(charge["payment_method"]) in {
                each.gateway_ref for each in run.cast.methods if each.kind == "card"
            }:
                sandbox.control(disputes=[{"charge": charge["id"], "reason": "fraudulent"}])
            else:
                code = run.chance.choice(("R01", "R03", "R10"))
                sandbox.control(disputes=[{"charge": charge["id"], "return": code}])
    except (Refusal, ValueError):
        run.note("the processor refuses")


def decides(run: Run) -> None:
    """What a lost dispute means for the order."""
    rows = list(Dispute.select().order_by(Dispute.id))
    if rows:
        choice = run.chance.choice(list(LostAs))
        decide(merchant=run.cast.merchant.id, dispute=run.chance.choice(rows).id, lost_as=choice)


def compares(run: Run) -> None:
    """Reconciliation, on this day's road."""
    reconcile(run.cast.door.id, utc_now() - CHARGES_BACK)


ACTS: tuple[tuple[str, float, Callable[[Run], None]], ...] = (
    ("refunds", 4, refunds_some),
    ("looks at a refund", 1, looks_at_refund),
    ("takes cash", 1, takes_cash),
    ("takes a payment", 1.5, takes_payment),
    ("gives up", 0.5, gives_up),
    ("moves the schedule", 1, moves_schedule),
    ("goes back", 1.5, goes_back),
    ("decides a dispute", 0.7, decides),
    ("compares", 0.7, compares),
)
