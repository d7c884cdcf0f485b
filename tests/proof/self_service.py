"""What the customer does alone in a run: removes methods and moves schedules, puts bills off, leaves them out, or pays
them early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from domain.methods import backup
from domain.methods.default import make_default
from domain.methods.move import move as move_schedules
from domain.methods.move import offer
from domain.methods.remove import removal, remove
from domain.payments import again, intention
from domain.schedules.early import bill_now
from domain.schedules.move import move as put_off
from domain.schedules.skip import skip_own, undo_own_skip
from kit.clock import utc_now
from models.methods import BillingSchedule, Consent, MethodState, PaymentMethod
from models.payments import Attempt, Payment
from models.work import Event
from sandbox.inprocess import InProcess
from tests.proof.people import Tab

if TYPE_CHECKING:
    from tests.proof.run import Run

_One = TypeVar("_One")


def removes_method(run: Run) -> None:
    """Removes one, with whatever is offered in its place; presses twice at times."""
    customer, card = run.cast.customer.id, run.chance.choice(run.cast.methods)
    known = removal(customer=customer, method=card.id)
    wish = {"replacement": _any(run, known.replacements), "next_default": _any(run, known.defaults)}
    ids = {name: each.id if each is not None else None for name, each in wish.items()}
    for _press in range(run.chance.choice((1, 2))):
        run.guarded("removes", lambda: remove(customer=customer, method=card.id, **ids))


def _any(run: Run, offered: tuple[_One, ...]) -> _One | None:
    return run.chance.choice(offered) if offered else None


def changes_method(run: Run) -> None:
    """Another default, a backup on or off, or schedules that go over to another one."""
    customer, card = run.cast.customer.id, run.chance.choice(run.cast.methods)
    match run.chance.randrange(4):
        case 0:
            make_default(customer=customer, method=card.id)
        case 1:
            backup.switch_on(customer=customer, method=card.id)
        case 2:
            backup.switch_off(customer=customer, method=card.id)
        case _:
            offered = offer(customer=customer, method=card.id)
            ticked = [view.id for view in (*offered.moves, *offered.by_hand)]
            move_schedules(customer=customer, method=card.id, schedules=ticked)


def changes_bill(run: Run) -> None:
    """The next bill of a schedule: put off, left out, taken back, or paid early."""
    rows = list(BillingSchedule.select().where(BillingSchedule.next_on.is_null(False)).order_by(BillingSchedule.id))
    if not rows:
        return
    row, customer = run.chance.choice(rows), run.cast.customer.id
    period = row.next_on or utc_now().date()
    day = period + timedelta(days=run.chance.choice((0, 0, 0, 7)))
    match run.chance.randrange(4):
        case 0:
            to = period + timedelta(days=run.chance.randint(0, 6))
            put_off(customer=customer, schedule=row.id, period=period, to=to)
        case 1:
            skip_own(customer=customer, schedule=row.id, day=day)
        case 2:
            undo_own_skip(customer=customer, schedule=row.id, day=day)
        case _:
            order = bill_now(customer=customer, schedule=row.id, period=period)
            _page(run, intention.begin(buyer=run.cast.buyer, orders=[order]))


def same_card(run: Run) -> None:
    """*Try again* with the card that was declined."""
    rows = list(Payment.select().where(Payment.external.is_null()).order_by(Payment.id))
    if rows:
        handle = again.pay_differently(payment=run.chance.choice(rows).id, buyer=run.cast.buyer, same=True)
        if handle is not None:
            _page(run, handle)


def _page(run: Run, handle: str) -> None:
    shown = intention.selection(handle, buyer=run.cast.buyer)
    run.tabs = [*run.tabs[-1:], Tab(handle, shown.total.minor, shown.press, shown.choice.whole.minor)]


def verdict(sandbox: InProcess) -> Iterator[str]:
    """What was removed is charged no more, stands under nothing, and is forgotten; there is one default at most."""
    removed_at = {row.subject_id: row.at for row in Event.select().where(Event.kind == "method.removed")}
    for row in PaymentMethod.select():
        if row.state != MethodState.DETACHED:
            continue
        if row.is_default or Consent.select().where((Consent.method == row) & Consent.revoked_at.is_null()).exists():
            yield f"removed: {row.id} is still the default or under a consent"
        if str(row.id) not in removed_at:
            continue  # it gave way to the same card of another record, and stays with the processor
        after = Attempt.select().where((Attempt.method == row) & (Attempt.reserved_at > removed_at[str(row.id)]))
        if after.exists():
            yield f"removed: {row.id} was charged after its removal"
        known = sandbox.world.store.get(row.gateway_ref)
        if row.detach_at is not None or (known is not None and known.body["customer"] is not None):
            yield f"removed: {row.id} was not forgotten at the processor"


ACTS: tuple[tuple[str, float, Callable[[Run], None]], ...] = (
    ("removes a method", 0.6, removes_method),
    ("changes a method", 1.5, changes_method),
    ("changes a bill", 3, changes_bill),
    ("same card again", 2, same_card),
)
