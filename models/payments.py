"""Asking for money: payments, their attempts at the gateway, the holds that keep an order to one attempt."""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.customers import Account, Customer
from models.fields import Choice, Minor, UtcDateTime
from models.merchants import GatewayAccount, Merchant
from models.methods import PaymentMethod
from models.orders import Order, PayIntention


class Origin(StrEnum):
    """What started a payment."""

    PORTAL = "portal"  # the customer pressed, signed in
    FIX_IT = "fix_it"  # the customer pressed, through a mailed link
    AUTOMATIC = "automatic"  # the clock, on the due day
    RETRY = "retry"  # the clock, in a recovery
    MERCHANT = "merchant"
    IMPORT = "import"


class PaymentState(StrEnum):
    """Where a payment stands: open while its attempt is."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class Payment(Row):
    """One request to collect an amount on one method, allocated to one or more orders of one currency."""

    merchant = ForeignKeyField(Merchant, backref="payments")
    customer = ForeignKeyField(Customer, backref="payments")
    gateway_account = ForeignKeyField(GatewayAccount, null=True)  # null: outside the gateway
    method = ForeignKeyField(PaymentMethod, null=True)
    external = CharField(max_length=12, null=True)  # cash, cheque, transfer, import
    received_on = DateField(null=True)  # outside the gateway: the day the money came
    note = CharField(max_length=200, default="")  # outside the gateway: a cheque's number, a transfer's reference
    amount = Minor(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    origin = Choice(Origin)
    state = Choice(PaymentState, default=PaymentState.OPEN)
    account = ForeignKeyField(Account, null=True)  # who pressed
    intention = ForeignKeyField(PayIntention, null=True, backref="payments")
    press = IntegerField(null=True)  # the n-th press of an intention: a form sent again finds its payment
    created_at = UtcDateTime()
    closed_at = UtcDateTime(null=True)

    class Meta:
        indexes = (
            (("intention", "press"), True),
            (("customer", "created_at"), False),
            (("merchant", "created_at"), False),
            (("merchant", "closed_at"), False),
            (("merchant", "amount", "created_at"), False),
        )


class Allocation(Row):
    """How much of a payment is for which order. Zero only when the order closed before the money came."""

    payment = ForeignKeyField(Payment, backref="allocations")
    order = ForeignKeyField(Order, backref="allocations")
    amount = Minor(constraints=[Check("amount >= 0")])

    class Meta:
        indexes = ((("payment", "order"), True),)


class AttemptState(StrEnum):
    """protocol.md 2, the state table. The transitions are in domain/payments/states.py."""

    RESERVED = "reserved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    REQUIRES_ACTION = "requires_action"
    PENDING = "pending"
    REVIEW = "review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED_BUG = "failed_bug"


class Attempt(Row):
    """One intent at the gateway. The row's id is the idempotency key; amount, method and parameters are frozen."""

    payment = ForeignKeyField(Payment, backref="attempts")
    n = IntegerField(default=1)
    gateway_account = ForeignKeyField(GatewayAccount)
    method = ForeignKeyField(PaymentMethod)
    gateway_ref = CharField(max_length=64, null=True)
    state = Choice(AttemptState, default=AttemptState.RESERVED)
    amount = Minor(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    fingerprint = CharField(max_length=64)
    off_session = BooleanField()
    mandate_ip = CharField(max_length=45, null=True)
    mandate_agent = CharField(max_length=255, null=True)
    epoch = IntegerField(default=0)
    lease_until = UtcDateTime(null=True)
    next_look_at = UtcDateTime(null=True)  # work: when somebody must look at it next; empty when closed
    looks = IntegerField(default=0)
    reserved_at = UtcDateTime()
    sent_at = UtcDateTime(null=True)
    state_since = UtcDateTime()
    closed_at = UtcDateTime(null=True)
    charge_ref = CharField(max_length=64, null=True)
    decline_code = CharField(max_length=64, null=True)
    network_code = CharField(max_length=16, null=True)
    advice = CharField(max_length=16, null=True)
    hard = BooleanField(null=True)
    action_url = TextField(null=True)  # where the person confirms at the bank
    final_on = DateField(null=True)  # a bank debit: the day it becomes final
    note = CharField(max_length=120, null=True)  # why it was closed without a verdict, for operators

    class Meta:
        indexes = (
            (("payment", "n"), True),
            (("gateway_account", "gateway_ref"), True),
            (("gateway_account", "charge_ref"), False),
            (("gateway_account", "fingerprint", "closed_at"), False),
            (("closed_at",), False),
        )


_AT = Attempt.gateway_account
_FAILED, _DEBIT = SQL("state = 'failed'"), SQL("final_on IS NOT NULL")
Attempt.add_index(Attempt.index(_AT, Attempt.closed_at, where=_FAILED, name="attempt_failed_by_account"))
Attempt.add_index(Attempt.index(_AT, Attempt.sent_at, where=_DEBIT, name="attempt_debits_by_account"))
Attempt.add_index(Attempt.index(Attempt.next_look_at, where=SQL("next_look_at IS NOT NULL"), name="attempt_to_look_at"))
# What operators look for among millions: said in a query as `state IN (...)` with these very words, in this order.
_STUCK = SQL("state IN ('unknown', 'review', 'failed_bug')")
Attempt.add_index(Attempt.index(Attempt.state, Attempt.state_since, where=_STUCK, name="attempt_stuck"))


class OrderHold(Row):
    """An order is held while an attempt on it is open. The primary key is what makes it one attempt per order."""

    id = None  # type: ignore[assignment]  # Peewee's way to drop an inherited column
    order = ForeignKeyField(Order, primary_key=True, backref="hold")
    attempt = ForeignKeyField(Attempt, backref="holds")


class RefundState(StrEnum):
    """Where a refund stands."""

    RESERVED = "reserved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVIEW = "review"


class Refund(Row):
    """Money given back. Its id is the idempotency key."""

    payment = ForeignKeyField(Payment, backref="refunds")
    gateway_account = ForeignKeyField(GatewayAccount, null=True)  # null: given back outside the gateway
    amount = Minor(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    state = Choice(RefundState, default=RefundState.RESERVED)
    gateway_ref = CharField(max_length=64, null=True)
    still_owed = BooleanField(default=False)
    reason = TextField(default="")
    elsewhere = BooleanField(default=False)  # made at the processor, not by us: found by a hint or reconciliation
    failure = CharField(max_length=64, null=True)  # why it did not arrive
    epoch = IntegerField(default=0)
    lease_until = UtcDateTime(null=True)
    next_look_at = UtcDateTime(null=True)  # work: when somebody must look at it next; empty when closed
    looks = IntegerField(default=0)
    sent_at = UtcDateTime(null=True)
    state_since = UtcDateTime()
    created_at = UtcDateTime()
    closed_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("gateway_account", "gateway_ref"), True),)


Refund.add_index(
    Refund.index(
        Refund.payment,
        unique=True,
        where=SQL("state IN ('reserved', 'sending', 'unknown')"),
        name="refund_one_open",
    )
)
Refund.add_index(Refund.index(Refund.next_look_at, where=SQL("next_look_at IS NOT NULL"), name="refund_to_look_at"))


class RefundAllocation(Row):
    """How much of a refund is of which order."""

    refund = ForeignKeyField(Refund, backref="allocations")
    order = ForeignKeyField(Order)
    amount = Minor(constraints=[Check("amount > 0")])


class DisputeKind(StrEnum):
    """What came back."""

    CARD = "card"
    BANK_RETURN = "bank_return"  # a bank debit that was final, up to 60 days ago


class LostAs(StrEnum):
    """What the merchant decided about a lost card dispute."""

    WRITE_OFF = "write_off"
    REOPEN = "reopen"  # the order is owed again, by hand


class DisputeState(StrEnum):
    """Where a dispute stands. No money has moved for the first two."""

    INQUIRY = "inquiry"  # the bank asks before it disputes
    CLOSED = "closed"  # an inquiry that led to nothing
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Row):
    """A card dispute or a late bank return, an object with a state of its own."""

    payment = ForeignKeyField(Payment, backref="disputes")
    gateway_account = ForeignKeyField(GatewayAccount)
    gateway_ref = CharField(max_length=64)
    kind = Choice(DisputeKind)
    code = CharField(max_length=32, default="")  # the network's reason, or the bank's return code
    reason = CharField(max_length=64, default="")  # the processor's word
    amount = Minor()
    currency = CharField(max_length=3)
    state = Choice(DisputeState, default=DisputeState.OPEN)
    lost_as = Choice(LostAs, null=True)  # null while a lost card dispute waits for the merchant
    answer_by = UtcDateTime(null=True)
    opened_at = UtcDateTime()
    closed_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("gateway_account", "gateway_ref"), True),)


class DisputeAllocation(Row):
    """How much of a reversal was taken off which order's paid amount."""

    dispute = ForeignKeyField(Dispute, backref="allocations")
    order = ForeignKeyField(Order)
    amount = Minor(constraints=[Check("amount > 0")])


class Receipt(Row):
    """The document of a succeeded payment. `R-` and eight Crockford characters, unique per merchant."""

    payment = ForeignKeyField(Payment, unique=True, backref="receipts")
    merchant = ForeignKeyField(Merchant)
    number = CharField(max_length=12)
    issued_at = UtcDateTime()
    reversed_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("merchant", "number"), True),)


class RecoveryState(StrEnum):
    """How a recovery stands."""

    OPEN = "open"
    RECOVERED = "recovered"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class RecoveredBy(StrEnum):
    """Who brought the money back."""

    RETRY = "retry"
    CUSTOMER = "customer"
    MERCHANT = "merchant"


class Recovery(Row):
    """The case opened when an automatic payment fails."""

    merchant = ForeignKeyField(Merchant, backref="recoveries")
    customer = ForeignKeyField(Customer, backref="recoveries")
    order = ForeignKeyField(Order, backref="recoveries")
    attempt = ForeignKeyField(Attempt)  # the failure that opened it
    amount = Minor()
    currency = CharField(max_length=3)
    reason = CharField(max_length=64)  # the latest decline code
    state = Choice(RecoveryState, default=RecoveryState.OPEN)
    by = Choice(RecoveredBy, null=True)
    payment = ForeignKeyField(Payment, null=True)  # the one that brought it back
    why = CharField(max_length=16, default="")  # why no further try is planned: domain.recoveries.terms.Why
    note = TextField(default="")  # the same in an English sentence
    opened_at = UtcDateTime()
    closed_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("merchant", "opened_at"), False),)


Recovery.add_index(
    Recovery.index(Recovery.order, unique=True, where=SQL("state = 'open'"), name="recovery_one_open_per_order")
)

Recovery.add_index(
    Recovery.index(
        Recovery.merchant,
        Recovery.customer,
        where=SQL("state IN ('open', 'exhausted')"),
        name="recovery_unsettled_by_merchant",
    )
)


class TryState(StrEnum):
    """What became of a planned try."""

    PLANNED = "planned"
    MADE = "made"
    DROPPED = "dropped"  # settled, superseded or not allowed any more


class PlannedTry(Row):
    """A next automatic try, with what it was chosen from, so that the choice can be judged honestly later."""

    merchant = ForeignKeyField(Merchant)  # the recovery's: whose automatic work it is
    recovery = ForeignKeyField(Recovery, backref="tries")
    n = IntegerField()
    due_at = UtcDateTime()
    method = ForeignKeyField(PaymentMethod)
    state = Choice(TryState, default=TryState.PLANNED)
    rule = CharField(max_length=24, default="")  # what chose it: policy, payday, banking_day, backup, promise, outage
    slots = TextField()  # JSON: the candidate moments
    probability = CharField(max_length=12)  # with which this slot was chosen, a decimal as text
    reason = TextField()
    attempt = ForeignKeyField(Attempt, null=True)
    lease_until = UtcDateTime(null=True)  # taken into a batch of automatic work
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("recovery", "n"), True), (("state", "due_at"), False))


PlannedTry.add_index(
    PlannedTry.index(
        PlannedTry.recovery, unique=True, where=SQL("state = 'planned'"), name="plannedtry_one_planned_per_recovery"
    )
)
PlannedTry.add_index(
    PlannedTry.index(PlannedTry.merchant, PlannedTry.due_at, where=SQL("state = 'planned'"), name="plannedtry_to_make")
)


class PromiseState(StrEnum):
    """What became of a promise to pay."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # replaced by another day, or not needed any more


class Promise(Row):
    """A day on which the customer says the order will be paid. Tries and reminders wait until the morning after."""

    recovery = ForeignKeyField(Recovery, backref="promises")
    order = ForeignKeyField(Order, backref="promises")
    customer = ForeignKeyField(Customer)
    account = ForeignKeyField(Account, null=True)
    day = DateField()  # in the merchant's zone
    method = ForeignKeyField(PaymentMethod, null=True)  # what we charge on that day, if the customer wants us to
    state = Choice(PromiseState, default=PromiseState.OPEN)
    due_at = UtcDateTime(null=True)  # work: when it is judged, the morning after; empty when closed
    made_at = UtcDateTime()
    closed_at = UtcDateTime(null=True)


Promise.add_index(
    Promise.index(Promise.order, unique=True, where=SQL("state = 'open'"), name="promise_one_open_per_order")
)
Promise.add_index(Promise.index(Promise.due_at, where=SQL("due_at IS NOT NULL"), name="promise_to_judge"))
_STUCK_REFUND = SQL("state IN ('unknown', 'review')")
Refund.add_index(Refund.index(Refund.state, Refund.state_since, where=_STUCK_REFUND, name="refund_stuck"))
