"""The ways of money, each small enough to be killed and overtaken at every boundary of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from domain.operations.suspend import resume_merchant, suspend_merchant
from domain.payments import intention
from domain.payments.press import Pressed, press
from domain.payments.resolve import give_up, look
from domain.payments.wave import work_through
from domain.refunds import ask as refunds
from domain.refunds.reserve import refund
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.run import run_due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.money import Money
from models.methods import BillingSchedule, Cadence, PaymentMethod
from models.orders import Order
from models.payments import Attempt, PlannedTry
from sandbox import intents
from sandbox.world import Fault
from tests import factory
from tests.proof.walk import Walk

Act = Callable[[], object]
TOTAL = 8900


@dataclass(frozen=True)
class Journey:
    """`prepare` makes the scene and returns the act; `paid`: in the end the merchant has the order's total once."""

    name: str
    prepare: Callable[[Walk], Act]
    cards: tuple[str, ...] = ("pm_card_visa", "pm_card_mastercard")
    paid: bool = True
    told: bool = False  # the processor repeats what it told until somebody answers


def _order(walk: Walk) -> Order:
    return factory.order(walk.cast.customer, TOTAL)


def _press(walk: Walk) -> Act:
    order, card = _order(walk), walk.cast.methods[0]
    return lambda: walk.press(card, order)


def _return_from_bank(walk: Walk) -> Act:
    payment = walk.press(walk.cast.methods[0], _order(walk))
    _approve(walk)
    return lambda: look(_attempt(payment))


def _approve(walk: Walk) -> None:
    world = walk.day.sandbox.world
    for intent in world.store.every("payment_intent"):
        with world.store.work():
            intents.answer_bank(world, intent, True)


def _another_card(walk: Walk) -> Act:
    payment = walk.press(walk.cast.methods[0], _order(walk))
    return lambda: give_up(_attempt(payment), deadline=Deadline.within(10))


def _sweep_unknown(walk: Walk) -> Act:
    """The charge went through, the answer never came, and the processor was away for a while."""
    world = walk.day.sandbox.world
    world.faults[:] = [
        Fault("timeout_after", "/v1/payment_intents", "/confirm"),
        Fault("down", "/v1/payment_intents/pi_"),
    ]
    payment = walk.press(walk.cast.methods[0], _order(walk))
    world.faults.clear()
    walk.day.move(timedelta(seconds=4))
    return lambda: look(_attempt(payment))


def _webhook(walk: Walk) -> Act:
    act = _sweep_unknown(walk)
    del act
    return walk.webhooks


def _collect(walk: Walk) -> Act:
    order = _automatic(walk)
    return lambda: perform(Work.COLLECT, order.id)


def _automatic(walk: Walk) -> Order:
    card = walk.cast.methods[0]
    return factory.automatic(walk.cast.customer, card, factory.consented(walk.cast.customer, card), TOTAL)


def _retry(walk: Walk) -> Act:
    walk.day.sandbox.world.plan(walk.cast.methods[0].gateway_ref, ["insufficient_funds"], repeat_last=False)
    perform(Work.COLLECT, _automatic(walk).id)
    planned = PlannedTry.get()
    walk.day.move(planned.due_at - utc_now())
    return lambda: perform(Work.RETRY, planned.id)


def _schedule(walk: Walk) -> Act:
    card = walk.cast.methods[0]
    made = make_schedule(
        merchant=walk.cast.merchant.id,
        customer=walk.cast.customer.id,
        rhythm=Rhythm(Cadence.MONTH, utc_now().date(), runs=1),
        title="Membership",
        amount=Money(TOTAL, "USD"),
        method=card.id,
        consent=factory.consented(walk.cast.customer, card).id,
    )
    walk.day.move(max(BillingSchedule.get_by_id(made).run_at - utc_now(), timedelta()))

    def due() -> None:
        run_due(made)
        for order in Order.select().where(Order.collect_at <= utc_now()):
            perform(Work.COLLECT, order.id)

    return due


def _refund(walk: Walk) -> Act:
    payment: UUID = walk.press(walk.cast.methods[0], _order(walk))
    handle = uuid4()

    def ask() -> None:
        refunds.look(refund(merchant=walk.cast.merchant.id, payment=payment, amount=Money(3000, "USD"), handle=handle))

    return ask


def _part(walk: Walk) -> Act:
    order, buyer = _order(walk), walk.cast.buyer
    handle = intention.begin(buyer=buyer, orders=[order.id], amount=Money(3000, "USD"))
    wish = Pressed(handle, walk.cast.methods[0].id, 3000, 1, whole=TOTAL)
    return lambda: press(wish, buyer=buyer)


def _wave(walk: Walk) -> Act:
    _automatic(walk)
    return lambda: work_through(walk.cast.door.id, wait=walk.wait)


def _suspended(walk: Walk) -> Act:
    """Suspended, left alone, let go on, charged: each hand is somebody else's."""
    _automatic(walk)
    house = walk.cast.merchant.slug

    def hands() -> None:
        suspend_merchant(merchant=house, until=None, reason="a wrong price list", staff=None, handle=uuid4())
        work_through(walk.cast.door.id, wait=walk.wait)
        resume_merchant(merchant=house, reason="mended", staff=None, handle=uuid4())
        work_through(walk.cast.door.id, wait=walk.wait)

    return hands


def _disputed(walk: Walk) -> Act:
    _goes_back(walk, reason="fraudulent")
    return walk.webhooks


def _returned_late(walk: Walk) -> Act:
    _goes_back(walk, **{"return": "R01"})
    return walk.webhooks


def _goes_back(walk: Walk, **how: str) -> None:
    walk.press(walk.cast.methods[0], _order(walk))
    walk.later(days=8)  # a debit is final by then
    intent = Attempt.get().gateway_ref
    walk.day.sandbox.control(disputes=[{"charge": intent, **how}])


def _attempt(payment: UUID) -> UUID:
    found: UUID = Attempt.get(Attempt.payment == payment).id
    return found


_BANK = ("pm_usBankAccount_success", "pm_card_visa")
_ASKS = ("pm_card_authenticationRequired", "pm_card_visa")
_ALL = (
    Journey("press", _press),
    Journey("press, declined", _press, ("pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_visa")),
    Journey("press, bank debit", _press, _BANK),
    Journey("press, asks the bank", _press, _ASKS),
    Journey("return from the bank", _return_from_bank, _ASKS),
    Journey("use another card", _another_card, _ASKS),
    Journey("look at an unknown one", _sweep_unknown),
    Journey("webhook before our record", _webhook),
    Journey("automatic", _collect),
    Journey("retry", _retry),
    Journey("schedule", _schedule),
    Journey("refund", _refund, paid=False),
    Journey("a part", _part),
    Journey("wave", _wave),
    Journey("suspended and resumed", _suspended),
    Journey("disputed", _disputed, paid=False, told=True),
    Journey("debit that comes back late", _returned_late, _BANK, paid=False, told=True),
)
JOURNEYS = {journey.name: journey for journey in _ALL}


def order_of() -> Order | None:
    """The one order of a journey, if it has been made."""
    found: Order | None = Order.select().first()
    return found


def another(walk: Walk) -> PaymentMethod:
    """The other card."""
    return walk.cast.methods[1]
