"""What a billing schedule bills each time, and what became of each of its periods."""

from __future__ import annotations

from enum import StrEnum

from peewee import BooleanField, CharField, DateField, DecimalField, ForeignKeyField, IntegerField

from models.base import Row
from models.fields import Choice, Minor, UtcDateTime
from models.methods import BillingSchedule
from models.orders import LineKind, Order


class ScheduleLine(Row):
    """A line of the order that each run makes. A schedule without lines bills one line over its amount."""

    schedule = ForeignKeyField(BillingSchedule, backref="lines")
    position = IntegerField()
    kind = Choice(LineKind, default=LineKind.ITEM)
    title = CharField(max_length=200)
    quantity = DecimalField(max_digits=14, decimal_places=4, auto_round=False)
    total = Minor()


class RunState(StrEnum):
    """What became of a period."""

    MADE = "made"
    SKIPPED = "skipped"


class ScheduleRun(Row):
    """One period of a schedule. The unique key is what bills each period once, whoever comes and how often."""

    schedule = ForeignKeyField(BillingSchedule, backref="runs")
    due_on = DateField()  # the period's own day, before any move to a banking day
    state = Choice(RunState)
    order = ForeignKeyField(Order, null=True, unique=True)
    by_merchant = BooleanField(default=False)  # of a skipped one: the customer does not take that back
    made_at = UtcDateTime()

    class Meta:
        indexes = ((("schedule", "due_on"), True),)
