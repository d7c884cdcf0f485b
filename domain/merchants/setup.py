"""The first steps of a real install: a merchant, its owner, the operator, and its account at Stripe."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts.addresses import normalise
from domain.events.record import Actor, record
from domain.mail.staff_letters import staff_password
from domain.merchants.gateway_accounts import store_account, whose_key
from domain.merchants.make import make_merchant
from kit.clock import utc_now
from kit.config import settings
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import Membership, Merchant, Role, Staff


@dataclass(frozen=True)
class SetUp:
    """What `set_up` made, for the command to tell."""

    slug: str
    livemode: bool
    gateway_name: str  # as the processor knows the business
    path_token: str  # of the webhook's address
    mailed: tuple[str, ...]  # who got a link to choose a password


def set_up(
    *,
    slug: str,
    name: str,
    currency: str,
    country: str,
    zone: str,
    owner_name: str,
    owner_email: str,
    operator_name: str,
    operator_email: str,
    secret_key: str,
    webhook_secret: str | None = None,
    contact_email: str = "",
) -> SetUp:
    """Makes a merchant with its owner and the install's operator (one person may be both) and connects Stripe.

    The key is checked live before anything is written; then all of it is written or none. Each person gets a mailed
    link to choose a password, unless they have one. Raises DomainError; `field` names the answer at fault.
    """
    if settings().demo:
        raise DomainError(_("The demo makes its own merchants. For a real one, set SETTLE_MODE=live."))
    owner_address, operator_address = _address(owner_email, "owner_email"), _address(operator_email, "operator_email")
    account = whose_key(secret_key)
    with unit_of_work():
        merchant = make_merchant(
            slug=slug,
            name=name,
            currency=currency,
            country=country,
            zone=zone,
            contact_email=contact_email or owner_address,
        )
        owner = _staff(owner_name, owner_address)
        operator = owner if operator_address == owner_address else _staff(operator_name, operator_address)
        _make_operator(operator)
        _make_owner(owner, merchant)
        connected = store_account(
            merchant=merchant.id, account=account, secret_key=secret_key, webhook_secret=webhook_secret
        )
        waiting = [person for person in dict.fromkeys((owner, operator)) if person.password_hash is None]
        for person in waiting:
            staff_password(person)
    return SetUp(merchant.slug, account.livemode, account.name, connected.path_token, tuple(p.email for p in waiting))


def _address(text: str, field: str) -> str:
    try:
        return normalise(text)
    except DomainError as wrong:
        raise DomainError(wrong.sentence, field=field) from None


def _staff(name: str, address: str) -> Staff:
    """The person with this address: one identity per install."""
    found: Staff | None = Staff.get_or_none(Staff.email == address)
    if found is not None:
        return found
    made: Staff = Staff.create(email=address, name=name.strip() or address, created_at=utc_now())
    return made


def _make_operator(person: Staff) -> None:
    if not person.operator:
        Staff.update(operator=True).where(Staff.id == person.id).execute()
        record("staff.made_operator", merchant=None, actor=Actor.COMMAND, subject=person.id)


def _make_owner(person: Staff, merchant: Merchant) -> None:
    Membership.create(staff=person, merchant=merchant, role=Role.OWNER, created_at=utc_now())
    record("staff.joined", merchant=merchant.id, actor=Actor.COMMAND, subject=person.id, facts={"role": Role.OWNER})
