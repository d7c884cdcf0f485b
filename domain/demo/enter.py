"""One-press sign-in of the demo: a session for a person of the front page, without a password. Demo mode only."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.demo.logins import Role, login
from domain.events.record import Actor, record
from domain.merchants.portal_address import present_of
from kit.clock import utc_now
from kit.config import settings
from kit.errors import NotAllowed, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Account
from models.merchants import Merchant, Staff


@dataclass(frozen=True)
class Entered:
    """A fresh session's token, whose door it opens, and where it leads."""

    token: str
    audience: Audience
    to: str


def enter(key: str) -> Entered:
    """Signs the person of that key in. Raises NotAllowed outside demo mode, NotFound for nobody or no account yet."""
    if not settings().demo:
        raise NotAllowed(_("This is no demo."))
    who = login(key)
    if who.role in (Role.MERCHANT, Role.OPERATOR):
        to = f"/merchant/{who.slug}" if who.role is Role.MERCHANT else "/operations"
        return Entered(_staff(who.email), Audience.STAFF, to)
    return Entered(_customer(who.slug, who.email), Audience.CUSTOMER, f"/p/{who.slug}/signed-in")


def _staff(email: str) -> str:
    with unit_of_work():
        staff = Staff.get_or_none(Staff.email == email, Staff.disabled_at.is_null())
        if staff is None:
            raise _nobody()
        record(
            "staff.signed_in",
            merchant=None,
            actor=Actor.OPERATOR if staff.operator else Actor.STAFF,
            actor_id=staff.id,
        )
        return sessions.open_session(staff=staff.id)


def _customer(slug: str, email: str) -> str:
    with unit_of_work():
        account = (
            Account.select()
            .join(Merchant)
            .where(
                Merchant.slug == (present_of(slug) or slug), Account.email == email, Account.confirmed_at.is_null(False)
            )
            .first()
        )
        if account is None:
            raise _nobody()
        Account.update(signed_in_at=utc_now()).where(Account.id == account.id).execute()
        record("account.signed_in", merchant=account.merchant_id, actor=Actor.CUSTOMER, actor_id=account.id)
        return sessions.open_session(account=account.id)


def _nobody() -> NotFound:
    return NotFound(_("This person has no account in the demo any more, or not yet."))
