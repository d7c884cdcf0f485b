"""Who is billed, and who may act for them."""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, BooleanField, CharField, DateField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.fields import Choice, UtcDateTime
from models.merchants import GatewayAccount, Merchant, Staff


class Customer(Row):
    """The record that the merchant bills."""

    merchant = ForeignKeyField(Merchant, backref="customers")
    reference = CharField(max_length=64, null=True)  # the merchant's own customer number
    name = CharField(max_length=160)
    email = CharField(max_length=254, default="", index=True)  # normalised: domain/accounts/addresses.py
    phone = CharField(max_length=40, default="")
    folded = TextField(default="")  # name, e-mail, phone and reference as the search compares them
    tries_paused_until = DateField(null=True)  # no automatic try before this day, in the merchant's zone
    merged_into = ForeignKeyField("self", null=True)  # the record that took this one's place
    invited_at = UtcDateTime(null=True)
    created_at = UtcDateTime()

    class Meta:
        indexes = (
            (("merchant", "reference"), True),
            (("merchant", "email"), False),
            (("merchant", "created_at"), False),
        )


# All that the search and the list read of those who do not fit, or are only counted.
Customer.add_index(
    Customer.index(
        Customer.merchant,
        Customer.folded,
        Customer.id,
        where=SQL("merged_into_id IS NULL"),
        name="customer_by_folded",
    )
)


class AddressKind(StrEnum):
    """What an address is for."""

    BILLING = "billing"
    SHIPPING = "shipping"


class Address(Row):
    """A postal address of a customer: one of each kind. What a country asks for: domain/customers/addresses.py."""

    customer = ForeignKeyField(Customer, backref="addresses")
    kind = Choice(AddressKind, default=AddressKind.BILLING)
    name = CharField(max_length=160, default="")  # to whom, when it is not the customer
    company = CharField(max_length=160, default="")
    street = TextField(default="")
    city = CharField(max_length=120, default="")
    district = CharField(max_length=120, default="")  # a part of the city, where a country writes one
    region = CharField(max_length=120, default="")
    sorting_code = CharField(max_length=20, default="")
    postcode = CharField(max_length=20, default="")
    country = CharField(max_length=2, default="")

    class Meta:
        indexes = ((("customer", "kind"), True),)


class GatewayCustomer(Row):
    """The processor's name for a customer. After a merge a customer has several, so it is a set."""

    customer = ForeignKeyField(Customer, backref="gateway_customers")
    gateway_account = ForeignKeyField(GatewayAccount)
    gateway_ref = CharField(max_length=64)

    class Meta:
        indexes = ((("gateway_account", "gateway_ref"), True),)


class Account(Row):
    """The login of one person at one merchant. The same e-mail at another merchant is another account."""

    merchant = ForeignKeyField(Merchant, backref="accounts")
    email = CharField(max_length=254)  # normalised
    name = CharField(max_length=160)
    password_hash = TextField(null=True)
    password_version = IntegerField(default=0)
    password_changed_at = UtcDateTime(null=True)
    locale = CharField(max_length=16, null=True)  # the language that the person chose
    confirmed_at = UtcDateTime(null=True)
    signed_in_at = UtcDateTime(null=True)
    created_at = UtcDateTime()

    class Meta:
        indexes = ((("merchant", "email"), True), (("merchant", "signed_in_at"), False))


class ContactKind(StrEnum):
    """A part of the contact details that a customer cannot simply overwrite."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"


class ChangeState(StrEnum):
    """Where a wish for another name, e-mail or phone stands."""

    ASKED = "asked"  # the merchant was told and decides
    PROOF = "proof"  # waits until the new mailbox is proved
    DONE = "done"
    CLOSED = "closed"  # declined, taken back, replaced by a newer one, or expired


class ContactChange(Row):
    """A wish for another name, e-mail or phone: asked from the merchant, or made with proof of the mailbox."""

    customer = ForeignKeyField(Customer, backref="contact_changes")
    account = ForeignKeyField(Account, backref="contact_changes")  # who wished it
    what = Choice(ContactKind)
    wanted = CharField(max_length=254)
    state = Choice(ChangeState, default=ChangeState.ASKED)
    made_at = UtcDateTime()
    ended_at = UtcDateTime(null=True)


class AccessSource(StrEnum):
    """Why an account may act for a customer (design.md 6)."""

    MAILBOX_MATCH = "mailbox_match"
    STAFF = "staff"
    MERGE = "merge"
    SELF = "self"


class Access(Row):
    """Which account may act for which customer."""

    account = ForeignKeyField(Account, backref="accesses")
    customer = ForeignKeyField(Customer, backref="accesses")
    source = Choice(AccessSource)
    granted_at = UtcDateTime()
    revoked_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("account", "customer"), True),)


class Audience(StrEnum):
    """Who a door is for."""

    PUBLIC = "public"
    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"


class Session(Row):
    """A signed-in browser. The cookie holds a random token, the row only its hash: revocable at any time."""

    token_hash = CharField(max_length=64, unique=True)
    audience = Choice(Audience)  # CUSTOMER or STAFF (an operator is staff with the operator mark)
    account = ForeignKeyField(Account, null=True, backref="sessions")
    staff = ForeignKeyField(Staff, null=True, backref="sessions")
    customer = ForeignKeyField(Customer, null=True)  # whom the account is looking at now
    device = CharField(max_length=80, default="")  # "Chrome · Android": for the person's own list of sessions
    created_at = UtcDateTime()
    proved_at = UtcDateTime(null=True)  # when the person last proved who they are; null: at `created_at`
    pending = BooleanField(default=False)  # the password was right, the second factor is not given yet: opens nothing
    seen_at = UtcDateTime()
    expires_at = UtcDateTime()  # the absolute limit
    revoked_at = UtcDateTime(null=True)


class LinkPurpose(StrEnum):
    """What a mailed link is for. Confirm and reset are single-use; a fix-it link pays one order."""

    CONFIRM = "confirm"
    RESET = "reset"
    SIGN_IN = "sign_in"  # signs in once, without the password
    NEW_EMAIL = "new_email"  # proves a new mailbox; its subject is the ContactChange
    STAFF_PASSWORD = "staff_password"  # noqa: S105 - a purpose, not a password
    FIX_IT = "fix_it"


class LinkToken(Row):
    """A mailed link. The address is made at send time from this row; only its hash is stored."""

    purpose = Choice(LinkPurpose)
    token_hash = CharField(max_length=64, unique=True)
    account = ForeignKeyField(Account, null=True)
    staff = ForeignKeyField(Staff, null=True)
    subject = CharField(max_length=36, null=True)  # the order of a fix-it link, the change of a NEW_EMAIL
    password_version = IntegerField(default=0)
    created_at = UtcDateTime()
    expires_at = UtcDateTime()
    opened_at = UtcDateTime(null=True)  # the first time that its page was shown
    used_at = UtcDateTime(null=True)
    superseded_at = UtcDateTime(null=True)

    class Meta:
        indexes = ((("account", "purpose"), False), (("subject",), False))


class Throttle(Row):
    """Counted failures or requests under a key (a hash: no address or e-mail is stored)."""

    key = CharField(max_length=64, unique=True)
    count = IntegerField(default=0)
    since = UtcDateTime()
    until = UtcDateTime(null=True)
