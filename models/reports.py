"""Rollups: what the dashboards read. Each row is a count of raw rows of one merchant's local day; any can be remade.

A change marks its merchant-day dirty in its own unit of work; workers recompute dirty days from the raw rows.
"""

from __future__ import annotations

from peewee import CharField, DateField, ForeignKeyField, IntegerField

from models.base import Row
from models.fields import Minor, UtcDateTime
from models.merchants import Merchant


class DirtyDay(Row):
    """One mark: this merchant's day is not what its rollups say. A day may have many; counting it anew takes those
    that it saw and no other, so none is lost meanwhile. Nobody waits for anybody: a mark is a row of its own."""

    merchant = ForeignKeyField(Merchant)
    what = CharField(max_length=12, default="money")  # money, or adoption
    day = DateField()
    due_at = UtcDateTime(index=True)  # work: a little later than the mark, so that one count serves many

    class Meta:
        indexes = ((("merchant", "what", "day"), False),)


class TryRollup(Row):
    """Declined attempts of a day, whoever started them."""

    merchant = ForeignKeyField(Merchant)
    day = DateField()  # the local day on which the attempt closed
    hour = IntegerField()  # its local hour
    weekday = IntegerField()  # of the day, 0 is Monday: SQLite and PostgreSQL count them differently
    currency = CharField(max_length=3)
    code = CharField(max_length=64)
    network = CharField(max_length=60)  # the card's brand, or `bank`
    kind = CharField(max_length=24)  # of the method
    n = IntegerField()  # 0: the first automatic payment or a person's press; 1, 2, …: the retry
    channel = CharField(max_length=12)  # automatic, portal, fix_it, team
    count = IntegerField()
    minor = Minor()

    class Meta:
        indexes = ((("merchant", "day"), False),)


class CaseRollup(Row):
    """Recoveries by the day on which they opened, and what has become of them."""

    merchant = ForeignKeyField(Merchant)
    day = DateField()
    hour = IntegerField()
    weekday = IntegerField()
    currency = CharField(max_length=3)
    code = CharField(max_length=64)  # of the failure that opened it
    network = CharField(max_length=60)
    kind = CharField(max_length=24)
    state = CharField(max_length=12)
    planned = IntegerField(default=0)  # 1: an automatic try is planned
    by = CharField(max_length=12, default="")  # the channel that brought it back
    age = IntegerField(null=True)  # local days from the failure to the recovery: 0 on the same day
    tries = IntegerField(default=0)  # retries made until it closed, or by now
    count = IntegerField()
    minor = Minor()
    seconds = Minor(default=0)  # the sum of times to recover

    class Meta:
        indexes = ((("merchant", "day"), False),)


class PaidRollup(Row):
    """Payments that succeeded on a day, refunds and reversals by the day of their payment."""

    merchant = ForeignKeyField(Merchant)
    day = DateField()
    currency = CharField(max_length=3)
    channel = CharField(max_length=12)  # automatic, portal, fix_it, team, import
    kind = CharField(max_length=24, default="")
    network = CharField(max_length=60, default="")
    count = IntegerField()
    minor = Minor()
    refunded = Minor(default=0)
    returned = Minor(default=0)  # disputes lost and late bank returns

    class Meta:
        indexes = ((("merchant", "day"), False),)


class StepRollup(Row):
    """Customers by the month of the first mail with a portal link and the furthest step that they reached."""

    merchant = ForeignKeyField(Merchant)
    month = DateField(null=True)  # its first day; null: nobody told them, they came by themselves
    campaign = CharField(max_length=40, default="")  # the mail that told them first
    source = CharField(max_length=12, default="")  # how they first came: mail, store, form, direct
    step = CharField(max_length=12)
    count = IntegerField()

    class Meta:
        indexes = ((("merchant", "month"), False),)


class WeekRollup(Row):
    """Different customers who signed in during a week."""

    merchant = ForeignKeyField(Merchant)
    monday = DateField()
    source = CharField(max_length=12, default="")
    count = IntegerField()
    paid = IntegerField(default=0)  # of whom paid without help

    class Meta:
        indexes = ((("merchant", "monday"), False),)


class ReportState(Row):
    """How far the rollups of a merchant reach: nothing is shown of days that were never counted."""

    merchant = ForeignKeyField(Merchant, unique=True)
    since = DateField(null=True)  # the first day that has been counted
    counted_at = UtcDateTime(null=True)
