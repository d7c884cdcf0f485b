"""Who bills: merchants, their processor accounts, their people."""

from __future__ import annotations

from enum import StrEnum

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.fields import Choice, UtcDateTime


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
    collect_hour = IntegerField(default=9)  # local hour of automatic tries
    order_prefix = CharField(max_length=8, default="")
    next_order = IntegerField(default=1)  # only inside the merchant's own numbering; never an id
    created_at = UtcDateTime()


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
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("gateway", "external_id", "livemode"), True),)


class Staff(Row):
    """A person of a merchant, or an operator: one identity per install."""

    email = CharField(max_length=254, unique=True)
    name = CharField(max_length=120)
    password_hash = TextField(null=True)
    password_version = IntegerField(default=0)
    operator = BooleanField(default=False)
    disabled_at = UtcDateTime(null=True)
    created_at = UtcDateTime()


class Membership(Row):
    """A person's role at one merchant."""

    staff = ForeignKeyField(Staff, backref="memberships")
    merchant = ForeignKeyField(Merchant, backref="memberships")
    role = Choice(Role)
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("staff", "merchant"), True),)
