"""What people pay with, and what they allowed us to do with it."""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, BooleanField, CharField, DateField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.customers import Customer
from models.fields import Choice, Minor, UtcDateTime
from models.merchants import GatewayAccount, Merchant


class MethodState(StrEnum):
    """Whether a method can pay."""

    USABLE = "usable"
    UNVERIFIED = "unverified"  # a bank account that awaits its micro-deposits
    DECLINED = "declined"  # hard-declined: no automatic try until the person uses it again with success
    BLOCKED = "blocked"  # a bank account that came back with a code that blocks it
    DETACHED = "detached"


class PaymentMethod(Row):
    """A card or bank account: gateway token, brand, last four, expiry. Never a number."""

    customer = ForeignKeyField(Customer, backref="methods")
    gateway_account = ForeignKeyField(GatewayAccount)
    gateway_ref = CharField(max_length=64)
    gateway_customer = CharField(max_length=64)  # methods cannot move between the processor's customers
    kind = CharField(max_length=24)  # integrations.gateways.base.MethodKind
    brand = CharField(max_length=60)
    last4 = CharField(max_length=4)
    exp_month = IntegerField(null=True)
    exp_year = IntegerField(null=True)
    funding = CharField(max_length=16, null=True)
    fingerprint = CharField(max_length=64)
    nickname = CharField(max_length=40, default="")  # the customer's own name for it
    state = Choice(MethodState, default=MethodState.USABLE)
    state_reason = CharField(max_length=64, null=True)  # the decline code behind DECLINED or BLOCKED
    declined_at = UtcDateTime(null=True)  # the latest decline, soft or hard
    decline_code = CharField(max_length=64, null=True)
    is_default = BooleanField(default=False)
    verify_url = TextField(null=True)
    setup_ref = CharField(max_length=96, null=True)  # the visit that waits for the check of a bank account
    detach_at = UtcDateTime(null=True)  # work: removed here, to be forgotten at the processor; emptied when it has been
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("gateway_account", "gateway_ref"), True), (("gateway_account", "last4"), False))


PaymentMethod.add_index(
    PaymentMethod.index(
        PaymentMethod.customer,
        PaymentMethod.gateway_account,
        PaymentMethod.fingerprint,
        unique=True,
        where=SQL("state <> 'detached'"),
        name="paymentmethod_one_per_fingerprint",
    )
)
PaymentMethod.add_index(
    PaymentMethod.index(PaymentMethod.customer, unique=True, where=SQL("is_default"), name="paymentmethod_one_default")
)
PaymentMethod.add_index(
    PaymentMethod.index(PaymentMethod.detach_at, where=SQL("detach_at IS NOT NULL"), name="paymentmethod_to_detach")
)


class CardUse(Row):
    """One row per card at a processor account, locked in the reserve so that the network's ceiling holds."""

    gateway_account = ForeignKeyField(GatewayAccount)
    fingerprint = CharField(max_length=64)

    class Meta:
        indexes = ((("gateway_account", "fingerprint"), True),)


class ConsentScope(StrEnum):
    """What a consent covers."""

    ORDER = "order"
    SCHEDULES = "schedules"
    ALL_DUE = "all_due"
    BACKUP = "backup"  # charged when another method has failed, in the order of `rank`
    ONCE = "once"  # said to the merchant's people: one payment, whose id it has; it covers nothing else


class Consent(Row):
    """What authorises an unattended charge. Revoked, never deleted."""

    customer = ForeignKeyField(Customer, backref="consents")
    method = ForeignKeyField(PaymentMethod, backref="consents")
    scope = Choice(ConsentScope)
    order_id = CharField(max_length=36, null=True)  # the one order of scope ORDER
    rank = IntegerField(null=True)  # the place of a BACKUP: 1 goes first
    text_version = CharField(max_length=16)
    text = TextField()
    shown_at = UtcDateTime()
    ip = CharField(max_length=45, default="")
    agent = CharField(max_length=255, default="")
    revoked_at = UtcDateTime(null=True)


class Mandate(Row):
    """What a bank-account holder agreed to: the words, kept for a copy at any time (Regulation E, 1005.10(b))."""

    method = ForeignKeyField(PaymentMethod, backref="mandates")
    gateway_ref = CharField(max_length=64, null=True)
    text_version = CharField(max_length=16)
    text = TextField()
    accepted_at = UtcDateTime()
    ip = CharField(max_length=45, default="")
    agent = CharField(max_length=255, default="")
    voided_at = UtcDateTime(null=True)
    void_reason = CharField(max_length=64, null=True)  # the return code that ended it


class ScheduleState(StrEnum):
    """Whether a schedule runs."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Cadence(StrEnum):
    """The unit of a schedule's period; `every` counts them."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class BillingSchedule(Row):
    """The recurring plan: amount, cadence, anchor day, next run, payment method."""

    merchant = ForeignKeyField(Merchant, backref="schedules")
    customer = ForeignKeyField(Customer, backref="schedules")
    title = CharField(max_length=160)
    amount = Minor()
    currency = CharField(max_length=3)
    cadence = Choice(Cadence, default=Cadence.MONTH)
    every = IntegerField(default=1)
    anchor_day = IntegerField()  # 1 to 31, kept when a short month clamps the run
    hour = IntegerField(null=True)  # local hour of its payments; null: the merchant's
    starts_on = DateField()
    next_on = DateField(null=True)  # the next run's own day, before any move to a banking day
    run_at = UtcDateTime(null=True)  # work: when the next run's order is made; empty when paused or ended
    ends_on = DateField(null=True)
    runs_left = IntegerField(null=True)  # null: no limit
    next_amount = Minor(null=True)  # a change of amount that waits: what is billed from `next_amount_from` on
    next_amount_from = DateField(null=True)
    paused_until = DateField(null=True)
    moved_to = DateField(null=True)  # the customer's other day for the next run only; its period stays `next_on`
    ended_at = UtcDateTime(null=True)
    note = CharField(max_length=200, default="")  # why it is paused or has ended
    reference = CharField(max_length=80, null=True)  # the merchant's own key, for imports
    method = ForeignKeyField(PaymentMethod, null=True)
    consent = ForeignKeyField(Consent, null=True, backref="schedules")
    state = Choice(ScheduleState, default=ScheduleState.ACTIVE)
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("state", "next_on"), False), (("merchant", "reference"), True))


BillingSchedule.add_index(
    BillingSchedule.index(BillingSchedule.run_at, where=SQL("run_at IS NOT NULL"), name="billingschedule_to_run")
)
