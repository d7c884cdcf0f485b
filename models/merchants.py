"""Who bills: merchants, their processor accounts, their people."""

from __future__ import annotations

from enum import StrEnum

from peewee import BlobField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.fields import Choice, Minor, UtcDateTime


class Role(StrEnum):
    """What a merchant's person may do: a viewer looks, a manager acts, an owner also decides who may."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"


class Merchant(Row):
    """The business; the tenant boundary."""

    slug = CharField(max_length=40, unique=True)
    name = CharField(max_length=120)
    currency = CharField(max_length=3)
    country = CharField(max_length=2)
    zone = CharField(max_length=64)
    locale = CharField(max_length=16, default="en")
    brand = CharField(max_length=7, default="#0f5c5c")
    brand_ink = CharField(max_length=7, default="#ffffff")
    contact_email = CharField(max_length=254, default="")
    contact_phone = CharField(max_length=40, default="")
    hours = CharField(max_length=120, default="")
    postal_address = CharField(max_length=300, default="")  # lines, as on an envelope
    website = CharField(max_length=200, default="")
    help_url = CharField(max_length=200, default="")
    terms_url = CharField(max_length=200, default="")
    privacy_url = CharField(max_length=200, default="")
    sign_in_links = BooleanField(default=True)  # customers may ask for a mailed link that signs in once
    own_contact = BooleanField(default=False)  # customers change e-mail and phone themselves, with proof; else they ask
    collect_hour = IntegerField(default=9)  # local hour of automatic tries
    order_prefix = CharField(max_length=8, default="")
    next_order = IntegerField(default=1)  # only inside the merchant's own numbering; never an id
    created_at = UtcDateTime()


class Logo(Row):
    """A merchant's mark, as we re-encoded it: never the file that was uploaded. Its address holds the digest."""

    merchant = ForeignKeyField(Merchant, unique=True, backref="logos")
    digest = CharField(max_length=64)
    image = BlobField()  # PNG
    width = IntegerField()
    height = IntegerField()
    made_at = UtcDateTime()


class GatewayAccount(Row):
    """A merchant's account at a processor. Secrets are encrypted with the install's key."""

    merchant = ForeignKeyField(Merchant, backref="gateway_accounts")
    gateway = CharField(max_length=16, default="stripe")
    livemode = BooleanField()
    external_id = CharField(max_length=64)
    secret = TextField()
    webhook_secret = TextField(null=True)
    webhook_secret_next = TextField(null=True)
    path_token = CharField(max_length=64, unique=True)
    active = BooleanField(default=True)
    charges_a_second = IntegerField(default=10)  # of unattended work; two calls each, a quarter of Stripe's live limit
    paced_until = UtcDateTime(null=True)  # the pace of unattended work: every slot before this moment is taken
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("gateway", "external_id", "livemode"), True),)


class EndAction(StrEnum):
    """What becomes of an order, and of its schedule, when its recovery has no try left."""

    LEAVE = "leave"  # it stays owed; the customer keeps a way to pay
    PAUSE = "pause"  # and its schedule pauses until it is paid
    END = "end"  # and its schedule ends
    WRITE_OFF = "write_off"  # the open amount is written off, the schedule pauses


class MerchantPolicy(Row):
    """What a merchant decides about collecting. No row: these defaults. Network limits stand above all of it."""

    merchant = ForeignKeyField(Merchant, unique=True, backref="policies")
    tries = IntegerField(default=8)  # automatic tries on cards after the first failure
    window_days = IntegerField(default=27)  # within which they are made
    spacing = CharField(max_length=80, default="1,2,3,5,7,10,15,24")  # days after the first failure, one a try
    bank_tries = IntegerField(default=2)  # re-presentments of a bank debit
    hour = IntegerField(null=True)  # local hour of tries; null: the merchant's hour of automatic payments
    explore_percent = IntegerField(default=10)  # how often another slot is taken, so that timing can be judged
    backup_after = IntegerField(default=2)  # failures on the first method before a backup is asked
    end_action = Choice(EndAction, default=EndAction.LEAVE)
    promise_days = IntegerField(default=14)  # how far ahead a customer may promise to pay; 0: not offered
    part_payments = BooleanField(default=True)
    part_floor = Minor(default=0)  # the least part of an order that may be paid; 0: the gateway's minimum
    bill_days_ahead = IntegerField(default=3)  # a schedule's order is made so many days before it is collected
    customers_skip = BooleanField(default=False)  # customers may skip a coming run of a schedule
    move_days = IntegerField(default=7)  # by how many days they may put it off; 0: not offered
    tell_before_charge = BooleanField(default=False)  # a mail before every charge, not only rare or changed ones
    brake_at = IntegerField(default=80)  # percent of a return or network limit at which automatic tries stop
    minutes_a_call = IntegerField(default=8)  # the stated assumption behind *calls avoided*


class Staff(Row):
    """A person of a merchant, or an operator: one identity per install."""

    email = CharField(max_length=254, unique=True)
    name = CharField(max_length=120)
    password_hash = TextField(null=True)
    password_version = IntegerField(default=0)
    operator = BooleanField(default=False)
    totp_secret = TextField(null=True)  # encrypted with the install's key
    totp_since = UtcDateTime(null=True)  # when the second factor was confirmed; null: it is not asked
    totp_step = IntegerField(null=True)  # the latest time step that was accepted: a code works once
    disabled_at = UtcDateTime(null=True)
    created_at = UtcDateTime()


class Membership(Row):
    """A person's role at one merchant."""

    staff = ForeignKeyField(Staff, backref="memberships")
    merchant = ForeignKeyField(Merchant, backref="memberships")
    role = Choice(Role)
    digest_hour = IntegerField(null=True)  # the local hour of the daily digest; null: none is wanted
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("staff", "merchant"), True),)


class StaffCode(Row):
    """A recovery code for a lost second factor: a hash, good once."""

    staff = ForeignKeyField(Staff, backref="codes")
    code_hash = CharField(max_length=64)
    used_at = UtcDateTime(null=True)
    made_at = UtcDateTime()


class OldSlug(Row):
    """A portal address that a merchant had before: it leads to the present one and is nobody else's."""

    slug = CharField(max_length=40, unique=True)
    merchant = ForeignKeyField(Merchant, backref="old_slugs")
    retired_at = UtcDateTime()


class MailText(Row):
    """A merchant's own words in an e-mail, in one language: the subject and the opening words. Facts stay ours."""

    merchant = ForeignKeyField(Merchant, backref="mail_texts")
    template = CharField(max_length=40)
    locale = CharField(max_length=16)
    subject = CharField(max_length=160, default="")
    words = TextField(default="")
    changed_at = UtcDateTime()

    class Meta:
        indexes = ((("merchant", "template", "locale"), True),)
