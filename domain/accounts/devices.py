"""Where a customer is signed in: a list for its owner, and the end of one session or of all others.

Sessions belong to the account, not to the customer record: a colleague with access to the same record has others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts import sessions
from domain.accounts.viewer import Audience, Viewer
from domain.events.record import Actor, record
from kit.errors import NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Account, Session


@dataclass(frozen=True)
class Device:
    """One signed-in browser. `name` is what it says of itself, for example "Chrome · Android"; may be empty."""

    id: UUID
    name: str
    since: datetime
    seen: datetime
    here: bool  # the one that asks


def devices_of(viewer: Viewer, now: datetime) -> list[Device]:
    """Where this person is signed in at the moment: this browser first, then the latest seen."""
    rows = (
        Session.select()
        .where(
            Session.account == viewer.account_id,
            Session.revoked_at.is_null(),
            Session.expires_at > now,
            Session.seen_at > now - sessions.IDLE[Audience.CUSTOMER],
        )
        .order_by(Session.seen_at.desc(), Session.id)
        .limit(100)
    )
    found = [Device(row.id, row.device, row.created_at, row.seen_at, row.id == viewer.session_id) for row in rows]
    return sorted(found, key=lambda device: not device.here)


def password_changed(viewer: Viewer) -> datetime | None:
    """When the password was last set, by any way; None when nobody knows any more."""
    at: datetime | None = Account.select(Account.password_changed_at).where(Account.id == viewer.account_id).scalar()
    return at


def sign_out(*, viewer: Viewer, session: UUID) -> None:
    """Ends one session of this person. Once more is fine; NotFound for one that is not theirs."""
    with unit_of_work():
        mine = Session.select().where(Session.id == session, Session.account == viewer.account_id)
        if viewer.account_id is None or not mine.exists():
            raise NotFound(_("There is no such device."))
        if sessions.revoke_all(account=viewer.account_id, only=session):
            _signed_out(viewer)


def sign_out_others(*, viewer: Viewer) -> int:
    """Ends every session of this person but the one that asks; returns how many."""
    with unit_of_work():
        ended = sessions.revoke_all(account=viewer.account_id, keep=viewer.session_id)
        if ended:
            _signed_out(viewer)
    return ended


def _signed_out(viewer: Viewer) -> None:
    record(
        "account.signed_out",
        merchant=viewer.merchant.id if viewer.merchant else None,
        actor=Actor.CUSTOMER,
        actor_id=viewer.account_id,
    )
