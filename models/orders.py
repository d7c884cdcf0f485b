"""What was bought or billed, and what is owed for it."""

from __future__ import annotations

from enum import StrEnum

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    DateField,
    DecimalField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from models.base import Row
from models.customers import Account, Customer
from models.fields import Choice, Minor, UtcDateTime
from models.merchants import Merchant
from models.methods import BillingSchedule, Consent, PaymentMethod


class Collect(StrEnum):
    """Who starts the payment: the person, or the clock under a consent."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


class OrderSource(StrEnum):
    """Where an order came from."""

    STORE = "store"
    FORM = "form"
    SCHEDULE = "schedule"
    INVOICE = "invoice"
    IMPORT = "import"


class LineKind(StrEnum):
    """What a line of an order is."""

    ITEM = "item"
    TAX = "tax"
    SHIPPING = "shipping"
    DISCOUNT = "discount"
    FEE = "fee"


class Order(Row):
    """The obligation. `open = total - adjusted - paid`, never negative; all three are cached sums."""

    merchant = ForeignKeyField(Merchant, backref="orders")
    customer = ForeignKeyField(Customer, backref="orders")
    number = CharField(max_length=40)
    title = CharField(max_length=200)
    currency = CharField(max_length=3)
    total = Minor()
    adjusted = Minor(default=0)
    paid = Minor(default=0)
    open = Minor()
    due_on = DateField()  # in the merchant's zone, fixed when made
    placed_at = UtcDateTime()
    collect = Choice(Collect, default=Collect.MANUAL)
    collect_at = UtcDateTime(null=True)  # work: the first automatic try; emptied when it has been made
    lease_until = UtcDateTime(null=True)  # taken into a batch of automatic work
    method = ForeignKeyField(PaymentMethod, null=True)  # what an automatic order is collected with
    consent = ForeignKeyField(Consent, null=True)
    schedule = ForeignKeyField(BillingSchedule, null=True, backref="orders")
    source = Choice(OrderSource)
    import_key = CharField(max_length=80, null=True)
    disputed = BooleanField(default=False)
    created_at = UtcDateTime()

    class Meta:
        table_name = "orders"
        indexes = (
            (("merchant", "number"), True),
            (("merchant", "import_key"), True),
            (("customer", "open", "due_on"), False),
            (("customer", "placed_at"), False),
            (("merchant", "total", "placed_at"), False),
        )
        constraints = [Check("open >= 0"), Check("open = total - adjusted - paid")]


Order.add_index(Order.index(Order.collect_at, where=SQL("collect_at IS NOT NULL"), name="orders_to_collect"))
Order.add_index(
    Order.index(
        Order.merchant, Order.collect_at, where=SQL("collect_at IS NOT NULL"), name="orders_to_collect_by_merchant"
    )
)

Order.add_index(Order.index(Order.merchant, Order.customer, where=SQL("open > 0"), name="orders_open_by_merchant"))


class OrderLine(Row):
    """A line of an order; the lines' totals add up to the order's total."""

    order = ForeignKeyField(Order, backref="lines")
    position = IntegerField()
    kind = Choice(LineKind, default=LineKind.ITEM)
    title = CharField(max_length=200)
    quantity = DecimalField(max_digits=14, decimal_places=4, auto_round=False)
    total = Minor()


class AdjustmentKind(StrEnum):
    """Why an open amount became smaller without a payment."""

    REFUND = "refund"  # of something that is not owed any more
    CREDIT = "credit"
    VOID = "void"
    WRITE_OFF = "write_off"


class Adjustment(Row):
    """An amount taken off an order. Append-only."""

    order = ForeignKeyField(Order, backref="adjustments")
    kind = Choice(AdjustmentKind)
    amount = Minor()
    source = CharField(max_length=36, null=True)  # the refund or credit behind it
    note = TextField(default="")
    created_at = UtcDateTime()


class PayIntention(Row):
    """What a person chose to pay. Its opaque handle is the page's address and the hosted page's reference."""

    handle = CharField(max_length=48, unique=True)
    merchant = ForeignKeyField(Merchant)
    customer = ForeignKeyField(Customer)
    account = ForeignKeyField(Account, null=True)  # null: through a fix-it link
    link = CharField(max_length=36, null=True)  # the fix-it link's row
    currency = CharField(max_length=3)
    method = ForeignKeyField(PaymentMethod, null=True)
    back_to = CharField(max_length=16, default="pay")  # pay, or methods: a visit that only adds a method
    replaces = CharField(max_length=36, null=True)  # a visit that adds a method in the place of this one
    setup_ref = CharField(max_length=96, null=True)  # the hosted page's visit under way
    setup_count = IntegerField(default=0)
    next_handle = CharField(max_length=48, null=True)  # the handle of the rest of the choice, in another currency
    created_at = UtcDateTime()
    expires_at = UtcDateTime()


class IntentionOrder(Row):
    """One chosen order and the amount that the person saw."""

    intention = ForeignKeyField(PayIntention, backref="orders")
    order = ForeignKeyField(Order)
    amount = Minor()  # what was open when the person saw it
    part = Minor(null=True)  # how much of it the person chose to pay; null: all of it

    class Meta:
        indexes = ((("intention", "order"), True),)
