"""Signed-in browsers. The cookie holds a random token, the store its hash: revocable at any moment.

Limits idle / absolute: customers 60 minutes / 12 hours, staff and operators 30 minutes / 8 hours (design.md 6).
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, OperationalError, fn

from domain.accounts import see_as
from domain.accounts.queries import customers_of
from domain.accounts.viewer import Audience, Viewer
from domain.merchants.facts import along, facts_of
from kit.clock import utc_now
from kit.crypto import digest
from kit.errors import NotFound
from kit.i18n import _
from models.base import require_unit_of_work, unit_of_work
from models.customers import Access, Account, Session
from models.merchants import Membership, Merchant, Staff

IDLE = {Audience.CUSTOMER: timedelta(minutes=60), Audience.STAFF: timedelta(minutes=30)}
ABSOLUTE = {Audience.CUSTOMER: timedelta(hours=12), Audience.STAFF: timedelta(hours=8)}
_SEEN_EVERY = timedelta(minutes=1)  # page views write nothing; only the idle clock is touched, once a minute


_TO_CODE = timedelta(minutes=10)  # between the password and the code of a second factor


def open_session(
    *,
    account: UUID | None = None,
    staff: UUID | None = None,
    customer: UUID | None = None,
    device: str = "",
    pending: bool = False,
) -> str:
    """Opens a session for an account or a staff person, inside a unit of work, and returns its token for the cookie.

    An account begins at `customer`, else at the first record that it may act for. `device` is for the person's list.
    A `pending` one opens nothing: it waits ten minutes for the code of the second factor.
    """
    require_unit_of_work()
    if (account is None) == (staff is None):
        raise ValueError("a session is either an account's or a staff person's")
    audience = Audience.STAFF if staff else Audience.CUSTOMER
    if account and customer is None:
        customer = next((reach.customer_id for reach in customers_of(account)), None)
    token, now = secrets.token_urlsafe(32), utc_now()
    Session.create(
        token_hash=digest(token),
        audience=audience,
        account=account,
        staff=staff,
        customer=customer,
        device=device[:80],
        pending=pending,
        created_at=now,
        seen_at=now,
        expires_at=now + (_TO_CODE if pending else ABSOLUTE[audience]),
    )
    return token


def load(
    token: str,
    *,
    audience: Audience,
    now: datetime,
    slug: str | None = None,
    seen: UUID | None = None,
    touch: bool = True,
) -> Viewer | None:
    """Who holds this token, or None when it is unknown, revoked, idle for too long, expired, or not for this door.

    `audience` is the door's: CUSTOMER, STAFF or OPERATOR (a staff session of a person with the operator mark). `slug`
    is the merchant of the address: a customer of another merchant is None; a staff viewer gets merchant and role only
    with a membership there, and without one is None. `seen` is the customer as whom they may be looking (see_as.py).
    Without `touch` the idle limit goes on as if nobody had asked, and nothing is written.
    """
    if not token or audience is Audience.PUBLIC:
        return None
    kept = Audience.CUSTOMER if audience is Audience.CUSTOMER else Audience.STAFF
    row = _live(digest(token), kept, now)
    if row is None:
        return None
    viewer = _customer(row, slug) if kept is Audience.CUSTOMER else _staff(row, audience, slug, seen)
    if viewer is not None and touch:
        _seen(row, now)
    return viewer


def _live(token_hash: str, audience: Audience, now: datetime) -> Session | None:
    reach = Access.select(SQL("1")).where(
        Access.account == Session.account, Access.customer == Session.customer, Access.revoked_at.is_null()
    )
    all_of_it = Access.select(fn.COUNT(Access.id)).where(Access.account == Session.account, Access.revoked_at.is_null())
    asked = (fn.EXISTS(reach).alias("reach"), all_of_it.alias("records"), *along(Merchant.id))
    found: Session | None = (
        Session.select(Session, Account, Staff, Merchant, *asked)
        .join(Account, JOIN.LEFT_OUTER)
        .join(Merchant, JOIN.LEFT_OUTER)
        .switch(Session)
        .join(Staff, JOIN.LEFT_OUTER)
        .where(
            Session.token_hash == token_hash,
            Session.audience == audience,
            Session.revoked_at.is_null(),
            Session.pending == False,  # noqa: E712 - SQL
            Session.expires_at > now,
            Session.seen_at > now - IDLE[audience],
        )
        .first()
    )
    return found


def _customer(row: Session, slug: str | None) -> Viewer | None:
    account: Any = row.account
    merchant = account.merchant
    if (slug is not None and merchant.slug != slug) or (row.customer_id and not row.reach):
        return None
    return Viewer(
        session_id=row.id,
        audience=Audience.CUSTOMER,
        name=account.name,
        email=account.email,
        account_id=account.id,
        customer_id=row.customer_id,
        merchant=facts_of(merchant, told=row),
        locale=account.locale or "",
        proved_at=row.proved_at or row.created_at,
        records=row.records,
    )


def _staff(row: Session, audience: Audience, slug: str | None, seen: UUID | None) -> Viewer | None:
    staff: Any = row.staff
    if staff.disabled_at is not None or (audience is Audience.OPERATOR and not staff.operator):
        return None
    known: dict[str, Any] = {}
    found: Any = None
    if audience is Audience.STAFF and slug is not None:
        looks = see_as.asked(row.id, seen, utc_now()) if seen else ()
        query = Membership.select(Membership, Merchant, *along(Merchant.id), *looks).join(Merchant)
        membership = query.where(Membership.staff == staff, Merchant.slug == slug).first()
        if membership is None:
            return None
        found = membership
        known = {"merchant": facts_of(membership.merchant, told=membership), "role": membership.role}
    viewer = Viewer(
        session_id=row.id,
        audience=audience,
        name=staff.name,
        email=staff.email,
        staff_id=staff.id,
        operator=staff.operator,
        proved_at=row.proved_at or row.created_at,
        second_factor=staff.totp_since is not None,
        **known,
    )
    return see_as.looking(viewer, seen, found) if seen and found else viewer


def _seen(row: Session, now: datetime) -> None:
    if now - row.seen_at < _SEEN_EVERY:
        return
    try:
        Session.update(seen_at=now).where(Session.id == row.id, Session.seen_at < now).execute()
    except OperationalError:
        pass  # a busy store: the next page view tries again, and nobody waits for it


def pending_staff(token: str, now: datetime) -> Staff | None:
    """Who has given the password and still owes the code; None when nobody does, or ten minutes have passed."""
    row = Session.get_or_none(
        Session.token_hash == digest(token),
        Session.pending == True,  # noqa: E712 - SQL
        Session.revoked_at.is_null(),
        Session.expires_at > now,
    )
    staff: Staff | None = row.staff if row else None
    return staff if staff is not None and staff.disabled_at is None else None


def is_open(session: UUID) -> bool:
    """Whether nobody has ended a session since it was loaded. Asked under the account's lock, in a unit of work."""
    require_unit_of_work()
    return Session.select().where(Session.id == session, Session.revoked_at.is_null()).exists()


def close(token: str) -> None:
    """Ends a session (sign-out, or the one that a new sign-in replaces). An unknown token is fine."""
    with unit_of_work():
        end(token)


def end(token: str) -> None:
    """The same, in the caller's unit of work."""
    require_unit_of_work()
    _end(Session.token_hash == digest(token))


def revoke_all(
    *,
    account: UUID | None = None,
    staff: UUID | None = None,
    customer: UUID | None = None,
    keep: UUID | None = None,
    only: UUID | None = None,
) -> int:
    """Ends the sessions of an account, a staff person, or on a customer record, in a unit of work; returns how many.

    All of them but `keep`, or only that one.
    """
    require_unit_of_work()
    owner = {Session.account: account, Session.staff: staff, Session.customer: customer}
    chosen = [field == value for field, value in owner.items() if value is not None]
    if not chosen:
        raise ValueError("whose sessions?")
    kept, meant = [Session.id != keep] if keep else [], [Session.id == only] if only else []
    return _end(*chosen, *kept, *meant)


def _end(*conditions: Any) -> int:
    query = Session.update(revoked_at=utc_now()).where(Session.revoked_at.is_null(), *conditions)
    return int(query.execute())


def choose_customer(*, viewer: Viewer, customer: UUID) -> None:
    """Turns a session to another record that its account may act for. Raises NotFound for any other."""
    with unit_of_work():
        reachable = viewer.account_id and any(r.customer_id == customer for r in customers_of(viewer.account_id))
        if not reachable:
            raise NotFound(_("This customer record is not yours to open. Choose one of those listed."))
        Session.update(customer=customer).where(Session.id == viewer.session_id).execute()
