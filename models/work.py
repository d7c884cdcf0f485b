"""Work that must not be lost: e-mails, webhook events, ticks; the trail of what happened; the install's own facts."""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.fields import Choice, Minor, UtcDateTime
from models.merchants import GatewayAccount, Merchant


class MailState(StrEnum):
    """Where an e-mail stands. SENT means: accepted by the relay."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"  # the address is marked as not reachable, or the mail was not needed any more


class Mail(Row):
    """An e-mail to send: template, recipient and ids. Never a rendered body or a token."""

    merchant = ForeignKeyField(Merchant, null=True)
    template = CharField(max_length=40)
    to_address = CharField(max_length=254)
    to_name = CharField(max_length=160, default="")
    facts = TextField(default="{}")  # JSON of ids and codes
    customer_id = CharField(max_length=36, null=True)  # whom it is about, and the order: for their timelines
    order_id = CharField(max_length=36, null=True)
    dedup_key = CharField(max_length=120, unique=True)
    state = Choice(MailState, default=MailState.DUE)
    due_at = UtcDateTime()
    tries = IntegerField(default=0)
    lease_until = UtcDateTime(null=True)
    sent_at = UtcDateTime(null=True)
    result = CharField(max_length=200, default="")
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("state", "due_at"), False), (("customer_id", "created_at"), False), (("order_id",), False))


class UnreachableAddress(Row):
    """An address that the relay refused for good (5xx). Kept as a hash."""

    address_hash = CharField(max_length=64, unique=True)
    since = UtcDateTime()
    result = CharField(max_length=200)


class Event(Row):
    """What happened, for the trail and the figures. Ids and codes only, never a person's data."""

    merchant = ForeignKeyField(Merchant, null=True)
    kind = CharField(max_length=48)
    at = UtcDateTime()
    actor = CharField(max_length=16)  # customer, staff, operator, clock, gateway, command
    actor_id = CharField(max_length=36, null=True)
    customer_id = CharField(max_length=36, null=True)
    subject_id = CharField(max_length=36, null=True)
    facts = TextField(default="{}")

    class Meta:
        indexes = ((("merchant", "kind", "at"), False), (("merchant", "at"), False), (("customer_id", "at"), False))


# The operators' trail: few among millions. Said in a query with these very words.
Event.add_index(Event.index(Event.at, where=SQL("actor IN ('operator', 'command')"), name="event_of_operators"))


class WebhookState(StrEnum):
    """Where a received webhook stands."""

    RECEIVED = "received"
    DONE = "done"
    FOREIGN = "foreign"  # of the merchant's account, not of ours: counted, never raised
    FAILED = "failed"
    UNKNOWN = "unknown"  # it carries our mark, and we know no such thing: kept and raised


class WebhookEvent(Row):
    """A verified hint from outside, stored first and applied by a worker."""

    gateway_account = ForeignKeyField(GatewayAccount)
    event_id = CharField(max_length=96)
    kind = CharField(max_length=64)
    object_id = CharField(max_length=96)
    object_kind = CharField(max_length=32, default="")
    reference = CharField(max_length=96, null=True)
    attempt_ref = CharField(max_length=64, null=True)
    intent_ref = CharField(max_length=96, null=True)  # the intent that a charge, refund or dispute belongs to
    state = Choice(WebhookState, default=WebhookState.RECEIVED)
    received_at = UtcDateTime()
    due_at = UtcDateTime(null=True)
    tries = IntegerField(default=0)
    note = CharField(max_length=200, default="")

    class Meta:
        indexes = (
            (("gateway_account", "event_id"), True),
            (("gateway_account", "received_at"), False),
            (("gateway_account", "object_id"), False),
            (("gateway_account", "intent_ref"), False),
            (("state", "due_at"), False),
        )


class Difference(Row):
    """Something on which our books and the processor's list do not agree. Raised once, settled when it is gone."""

    gateway_account = ForeignKeyField(GatewayAccount)
    kind = CharField(max_length=32)
    reference = CharField(max_length=96)
    detail = CharField(max_length=200, default="")
    amount = Minor(null=True)
    currency = CharField(max_length=3, null=True)
    found_at = UtcDateTime()
    seen_at = UtcDateTime()  # by the latest run that saw it
    settled_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("gateway_account", "kind", "reference"), True),)


class Tick(Row):
    """One occurrence of a timetable line: made once, run once."""

    name = CharField(max_length=40)
    due_at = UtcDateTime()
    lease_until = UtcDateTime(null=True)
    done_at = UtcDateTime(null=True)
    result = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("name", "due_at"), True), (("done_at",), False))


class Fact(Row):
    """A fact of the install: its id, the demo's clock offset, when the clock last went round."""

    key = CharField(max_length=40, unique=True)
    value = TextField()
