"""Moving schedules to another method: offered when the default changes or a card was added (cases.md 17, 18).

A card takes over from a card and a bank account from a bank account. Schedules whose bills are paid by hand can be put
on a method here too. Nothing moves that the customer has not ticked, and the words of the consent are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.methods.backing import Backing, backing
from domain.methods.consent import give, schedules_text
from domain.methods.queries import MethodView, methods_of
from domain.orders.locks import is_held, lock_orders, lock_what_is_charged
from domain.orders.owed import OrderView, outstanding
from domain.recoveries.cases import replan
from domain.schedules.queries import ScheduleView
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _, ngettext
from kit.money import Money, total
from models.base import require_unit_of_work, unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope
from models.orders import Collect, Order
from models.payments import Promise, PromiseState, Recovery, RecoveryState


@dataclass(frozen=True)
class Stays:
    """A schedule that cannot move, with the method that it stays on."""

    schedule: ScheduleView
    on: MethodView


@dataclass(frozen=True)
class Offer:
    """What can go over to `method`, what cannot, and what failed and could be paid with it now."""

    method: MethodView
    moves: tuple[ScheduleView, ...]  # charged with another method of the same kind: ticked
    by_hand: tuple[ScheduleView, ...]  # paid by hand so far: not ticked
    stays: tuple[Stays, ...]  # charged with a method of the other kind
    failed: tuple[OrderView, ...]
    text: str  # the words that are agreed to

    @property
    def worth_showing(self) -> bool:
        """Whether somebody who has just added a card or chosen a default is asked."""
        return bool(self.moves or self.failed)

    @property
    def owed(self) -> tuple[Money, ...]:
        """What the failed ones come to, by currency."""
        currencies = dict.fromkeys(order.open.currency for order in self.failed)
        return tuple(total([each.open for each in self.failed if each.open.currency == one], one) for one in currencies)


def offer(*, customer: UUID, method: UUID) -> Offer:
    """What could go over to this method. Raises NotFound (not this customer's, removed), DomainError (cannot pay)."""
    methods = methods_of(customer)
    chosen = _fit(methods, method)
    stands = backing(customer)
    failed = tuple(view for view in outstanding(customer) if view.failure is not None and view.payable)
    merchant = Customer.get_by_id(customer).merchant.name
    return Offer(
        method=chosen,
        moves=_moves(methods, stands, chosen),
        by_hand=tuple(view for view in stands.by_hand if _may_bill(view, chosen)),
        stays=tuple(
            Stays(view, each)
            for each in methods
            if each.kind != chosen.kind
            for view in stands.of(each.id).schedules
        ),
        failed=tuple(view for view in failed if not chosen.is_bank or view.open.currency == "USD"),
        text=schedules_text(merchant, chosen.label),
    )  # fmt: skip


def _fit(methods: Sequence[MethodView], method: UUID) -> MethodView:
    chosen = next((each for each in methods if each.id == method), None)
    if chosen is None:
        raise NotFound(_("That payment method is not there any more."))
    if not chosen.fit:
        raise DomainError(_("%(method)s cannot pay just now. Choose another one.") % {"method": chosen.label})
    return chosen


def _moves(methods: Sequence[MethodView], stands: Backing, chosen: MethodView) -> tuple[ScheduleView, ...]:
    alike = [each for each in methods if each.kind == chosen.kind and each.id != chosen.id]
    found = [view for each in alike for view in stands.of(each.id).schedules if _may_bill(view, chosen)]
    return tuple(sorted(found, key=lambda view: (view.next_on is None, view.next_on or view.id)))


def _may_bill(view: ScheduleView, chosen: MethodView) -> bool:
    return not chosen.is_bank or view.amount.currency == "USD"


def move(*, customer: UUID, method: UUID, schedules: Collection[UUID], ip: str = "", agent: str = "") -> str:
    """Puts the ticked schedules on this method under a new consent, and says what was done.

    Ids that are not on offer (any more) are left out, so that a form sent twice does nothing the second time. Orders
    of these schedules that wait to be collected go along; one whose payment is under way keeps its method.
    Raises NotFound, DomainError (the method cannot pay), DomainError when nothing is ticked.
    """
    if not schedules:
        raise DomainError(_("Nothing is ticked, so nothing was changed."))
    with unit_of_work():
        lock_what_is_charged(customer)
        offered = offer(customer=customer, method=method)
        ticked = [view for view in (*offered.moves, *offered.by_hand) if view.id in set(schedules)]
        if ticked:
            take_over_now(
                customer=customer, onto=offered.method, schedules=ticked, text=offered.text, ip=ip, agent=agent
            )
    names = {"n": len(ticked), "method": offered.method.label}
    if not ticked:
        return _("They are charged to %(method)s already.") % names
    said = ngettext(
        "%(n)d schedule is charged to %(method)s from now on.",
        "%(n)d schedules are charged to %(method)s from now on.",
        len(ticked),
    )
    return said % names


def take_over_now(
    *, customer: UUID, onto: MethodView, schedules: Sequence[ScheduleView], text: str, ip: str = "", agent: str = ""
) -> Consent:
    """Gives the consent and carries the waiting orders over, in the caller's unit of work."""
    require_unit_of_work()
    ids = [view.id for view in schedules]
    kept = "\n".join([text, *(f"- {view.title}, {view.next_amount}" for view in schedules)])
    consent = give(
        customer=customer,
        method=onto.id,
        scope=ConsentScope.SCHEDULES,
        text=kept,
        schedules=ids,
        ip=ip,
        agent=agent,
    )
    waiting = (Order.customer == customer) & Order.schedule.in_(ids)
    carry_over(waiting, consent)
    return consent


def carry_over(which: object, consent: Consent) -> int:
    """Orders that wait to be collected by themselves go over to the consent's method; answers how many.

    In the caller's unit of work. One whose payment is under way is left to its outcome. A planned try is made anew;
    what the customer has promised for a day is charged on that day.
    """
    require_unit_of_work()
    now = utc_now()
    open_ones = (Order.open > 0) & (Order.collect == Collect.AUTOMATIC) & (Order.method != consent.method_id)
    ids = [row.id for row in Order.select(Order.id).where(which, open_ones)]
    carried = [order for order in (lock_orders(ids) if ids else []) if not is_held(order.id)]
    for order in carried:
        Order.update(method=consent.method_id, consent=consent.id).where(Order.id == order.id).execute()
        named = (Promise.order == order) & (Promise.state == PromiseState.OPEN) & (Promise.method == order.method_id)
        Promise.update(method=consent.method_id).where(named).execute()
        case = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
        if case is not None:
            replan(case, now)
    return len(carried)
