"""What people do in a run: the customer in two tabs, and the bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.methods import consent as consents
from domain.orders.owed import outstanding
from domain.payments import again, intention
from domain.payments.intention import Selection
from domain.payments.press import Pressed, press
from domain.payments.resolve import give_up, look
from domain.recoveries.promises import promise, withdraw
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.money import Money
from models.methods import Consent
from models.orders import Order
from models.payments import Attempt
from sandbox import intents

if TYPE_CHECKING:
    from tests.proof.run import Run

BEHAVIOURS = ("approve", "approve", "insufficient_funds", "timeout_after", "timeout_before", "lost_card")


@dataclass
class Tab:
    """A pay page that somebody has open: what it showed, maybe long ago."""

    handle: str
    seen: int
    press: int
    whole: int


def open_tab(run: Run) -> None:
    """Opens the pay page or loads it again; chooses to pay a part at times."""
    views = [view.id for view in outstanding(run.cast.customer.id) if view.payable]
    if not views:
        return
    chosen = run.chance.sample(views, run.chance.randint(1, min(2, len(views))))
    part = Money(run.chance.choice((300, 700)), "USD") if run.chance.random() < 0.25 else None
    handle = intention.begin(buyer=run.cast.buyer, orders=chosen, amount=part)
    shown = intention.selection(handle, buyer=run.cast.buyer)
    run.tabs = [*run.tabs[-1:], Tab(handle, *_shown(shown))]


def _shown(shown: Selection) -> tuple[int, int, int]:
    return shown.total.minor, shown.press, shown.choice.whole.minor


def press_pay(run: Run) -> None:
    """Presses Pay in one of the tabs, as it was when it was loaded; sometimes twice."""
    if not run.tabs:
        open_tab(run)
    if not run.tabs:
        return
    tab, card = run.chance.choice(run.tabs), run.chance.choice(run.cast.methods)
    if run.chance.random() < 0.3:
        shown = intention.selection(tab.handle, buyer=run.cast.buyer)
        tab.seen, tab.press, tab.whole = _shown(shown)
    for _press in range(run.chance.choice((1, 1, 2))):
        wish = Pressed(tab.handle, card.id, tab.seen, tab.press, "203.0.113.9", "test", tab.whole)
        run.guarded("pays", lambda wish=wish: press(wish, buyer=run.cast.buyer))  # type: ignore[misc]
    if run.chance.random() < 0.6:
        tab.press += 1  # a form that claims to be a new press, though the page was not loaded again


def another_card(run: Run) -> None:
    """*Use another card*, on a payment that waits for the bank or on any other."""
    rows = list(Attempt.select().order_by(Attempt.id))
    if rows:
        attempt = run.chance.choice(_open(rows) or rows)
        if run.chance.random() < 0.5:
            give_up(attempt.id, deadline=Deadline.within(10))
        else:
            again.pay_differently(payment=attempt.payment_id, buyer=run.cast.buyer)


def _open(rows: list[Attempt]) -> list[Attempt]:
    return [row for row in rows if row.closed_at is None]


def watch_page(run: Run) -> None:
    """A page that waits asks."""
    rows = _open(list(Attempt.select().order_by(Attempt.id)))
    if rows and run.sweeps:
        look(run.chance.choice(rows).id)


def answer_bank(run: Run) -> None:
    """The person answers the bank's question, and may or may not come back to us."""
    world = run.day.sandbox.world
    waiting = [each for each in world.store.every("payment_intent") if each.body["status"] == "requires_action"]
    if not waiting:
        return
    asked = run.chance.choice(waiting)
    with world.store.work():
        intents.answer_bank(world, asked, run.chance.random() < 0.7)
    if run.chance.random() < 0.5:
        look(UUID(asked.body["metadata"]["settle_attempt"]))


def behave(run: Run) -> None:
    """The bank changes its mind about a card."""
    card = run.chance.choice(run.cast.methods)
    if card.kind == "card":
        run.day.sandbox.world.plan(card.gateway_ref, [run.chance.choice(BEHAVIOURS)], repeat_last=False)


def revoke(run: Run) -> None:
    """The customer withdraws a consent."""
    rows = list(Consent.select().order_by(Consent.id))
    if rows:
        consents.revoke(customer=run.cast.customer.id, consent=run.chance.choice(rows).id)


def promises(run: Run) -> None:
    """Names a day on which a failed payment will be made, with a method or without; or takes it back."""
    order = run.chance.choice(list(Order.select().order_by(Order.id)))
    if run.chance.random() < 0.3:
        withdraw(customer=run.cast.customer.id, order=order.id)
        return
    method = run.chance.choice([None, *(each.id for each in run.cast.methods)])
    day = utc_now().date() + timedelta(days=run.chance.randint(1, 6))
    promise(customer=run.cast.customer.id, order=order.id, day=day, method=method)


ACTS: tuple[tuple[str, float, Callable[[Run], None]], ...] = (
    ("opens the page", 7, open_tab),
    ("presses", 18, press_pay),
    ("wants another card", 4, another_card),
    ("waits on the page", 4, watch_page),
    ("answers the bank", 6, answer_bank),
    ("bank changes its mind", 2, behave),
    ("revokes a consent", 0.3, revoke),
    ("promises", 1, promises),
)
