"""Schedules in the demo's past: made by our use case, run by our engine when their moment comes."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from domain.demo import till
from domain.demo.cast import Person, fate_of
from domain.demo.play import Play
from domain.demo.trades import Plan
from domain.schedules.dates import keeps_anchor
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.run import run_due
from kit.calendar import local_day
from kit.money import Money
from models.methods import BillingSchedule
from models.orders import Order
from models.schedules import ScheduleRun


def subscribe(play: Play, person: Person) -> None:
    """The person's plan begins with the first of their billing days from tomorrow on."""
    assert person.plan is not None
    person.schedule = add(play, person, person.plan, after=local_day(play.now, person.house.trade.zone))


def add(play: Play, person: Person, plan: Plan, *, after: date) -> UUID:
    """A schedule of that plan, on the person's billing day, and its runs on the agenda."""
    assert person.customer is not None and person.method is not None and person.consent is not None
    first = after + timedelta(days=1)
    while not keeps_anchor(first, cadence=plan.cadence, anchor_day=person.anchor):
        first += timedelta(days=1)
    made = make_schedule(
        merchant=person.house.merchant.id,
        customer=person.customer.id,
        title=plan.title,
        rhythm=Rhythm(plan.cadence, first, anchor_day=person.anchor),
        amount=Money(plan.price, person.house.trade.currency),
        method=person.method.id,
        consent=person.consent.id,
    )
    watch(play, person, made)
    return made


def watch(play: Play, person: Person, schedule: UUID) -> None:
    """Runs a schedule when its next moment comes; called again after every change of it."""
    row = BillingSchedule.get_by_id(schedule)
    if row.run_at is not None:
        play.once(f"run {schedule}", row.run_at, person.who, lambda: _run(play, person, schedule))


def _run(play: Play, person: Person, schedule: UUID) -> None:
    before = play.now
    run_due(schedule)
    made = Order.select().join(ScheduleRun).where(ScheduleRun.schedule == schedule, ScheduleRun.made_at >= before)
    for order in made.order_by(Order.due_on):
        till.follow(play, person, order.id, fate_of(person, order.due_on))
    watch(play, person, schedule)
