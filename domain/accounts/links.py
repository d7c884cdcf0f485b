"""Mailed links: encrypted, expiring, newest only. All work once, but a fix-it link often.

The token is made when the mail is sent, from the link's id, its purpose and the password version of its owner, by
deterministic encryption: a repeat of the mail carries the same link. The store keeps only the token's hash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from kit.clock import utc_now
from kit.crypto import digest, seal, unseal
from kit.errors import DomainError
from kit.i18n import _
from kit.ids import as_uuid
from models.base import require_unit_of_work
from models.customers import Account, LinkPurpose, LinkToken
from models.merchants import Staff
from models.orders import Order

VALID = {
    LinkPurpose.CONFIRM: timedelta(hours=24),
    LinkPurpose.RESET: timedelta(minutes=30),
    LinkPurpose.SIGN_IN: timedelta(minutes=15),
    LinkPurpose.STAFF_PASSWORD: timedelta(minutes=30),
    LinkPurpose.NEW_EMAIL: timedelta(hours=24),
    LinkPurpose.FIX_IT: timedelta(days=14),
}
_FIRST_STAFF_PASSWORD = timedelta(hours=24)  # an invitation waits for its reader; a forgotten password does not


class LinkDead(DomainError):
    """The link is forged, foreign, used, replaced or too old. One sentence for all: it must not tell which."""

    def __init__(self) -> None:
        super().__init__(_("This link no longer works. It may have been used, replaced by a newer one, or be too old."))


def issue(
    link_id: UUID,
    purpose: LinkPurpose,
    *,
    account: Account | None = None,
    staff: Staff | None = None,
    order: Any = None,
    change: UUID | None = None,
) -> str | None:
    """The token of a link, in a unit of work, at the moment its mail is sent; its time starts now.

    Older links of the same owner and purpose die. None when the link is not needed any more: used, or a newer one is
    already out. Called again for the same id it gives the same token. `change` is what a NEW_EMAIL link is about.
    """
    require_unit_of_work()
    now = utc_now()
    owner = _owner(account, staff, order)
    mine = (LinkToken.purpose == purpose) & (owner[0] == owner[1])
    if LinkToken.select().where(mine, LinkToken.id > link_id).exists():
        return None
    version = (account or staff).password_version if account or staff else 0  # type: ignore[union-attr]
    token = seal(purpose, {"id": str(link_id), "version": version})
    LinkToken.update(superseded_at=now).where(
        mine, LinkToken.id != link_id, LinkToken.used_at.is_null(), LinkToken.superseded_at.is_null()
    ).execute()
    LinkToken.insert(
        id=link_id,
        purpose=purpose,
        token_hash=digest(token),
        account=account,
        staff=staff,
        subject=str(order.id) if order else change and str(change),
        password_version=version,
        created_at=now,
        expires_at=now,
    ).on_conflict_ignore().execute()
    fresh = LinkToken.update(expires_at=now + _life(purpose, staff), token_hash=digest(token)).where(
        LinkToken.id == link_id, LinkToken.used_at.is_null(), LinkToken.superseded_at.is_null()
    )
    return token if fresh.execute() == 1 else None


def _owner(account: Account | None, staff: Staff | None, order: Order | None) -> tuple[Any, Any]:
    if account:
        return LinkToken.account, account.id
    if staff:
        return LinkToken.staff, staff.id
    if order:
        return LinkToken.subject, str(order.id)
    raise ValueError("whose link?")


def _life(purpose: LinkPurpose, staff: Staff | None) -> timedelta:
    return _FIRST_STAFF_PASSWORD if staff and not staff.password_hash else VALID[purpose]


def find(token: str, purpose: LinkPurpose, now: datetime) -> LinkToken | None:
    """The live link of a token, or None when it is forged, for something else, used, replaced or expired.

    Reads only: a mail scanner that opens a link consumes nothing.
    """
    facts = unseal(purpose, token)
    link_id = as_uuid(str(facts.get("id"))) if facts else None
    if link_id is None:
        return None
    row: LinkToken | None = LinkToken.get_or_none(
        LinkToken.id == link_id, LinkToken.token_hash == digest(token), *_live(purpose, now)
    )
    if row is None or row.password_version != _version_now(row):
        return None
    return row


def _live(purpose: LinkPurpose, now: datetime) -> tuple[Any, ...]:
    unused = LinkToken.used_at.is_null(), LinkToken.superseded_at.is_null()
    return LinkToken.purpose == purpose, *unused, LinkToken.expires_at > now


def _version_now(row: LinkToken) -> int:
    owner: Any = row.account or row.staff
    return int(owner.password_version) if owner else 0


def consume(token: str, purpose: LinkPurpose, now: datetime) -> LinkToken:
    """Uses a link up, in the unit of work of what it is for. Of two at the same moment one wins.

    Raises LinkDead when it is not live.
    """
    require_unit_of_work()
    row = find(token, purpose, now)
    if row is None:
        raise LinkDead
    used = LinkToken.update(used_at=now).where(LinkToken.id == row.id, *_live(purpose, now)).execute()
    if used != 1:
        raise LinkDead
    return row


def kill(*, account: Account | None = None, staff: Staff | None = None, order: Order | None = None) -> None:
    """Ends every unused link of an owner (its password changed, the order was merged), in a unit of work."""
    require_unit_of_work()
    field, value = _owner(account, staff, order)
    LinkToken.update(superseded_at=utc_now()).where(
        field == value, LinkToken.used_at.is_null(), LinkToken.superseded_at.is_null()
    ).execute()


class FixIt(NamedTuple):
    """What an open fix-it link stands for."""

    link: UUID
    order: UUID


def open_fix_it(token: str) -> FixIt | None:
    """The order that a fix-it link pays, or None: forged, older than 14 days, replaced, or the order is settled.

    Not a session: it stands for that one order and nothing else. It may be opened again and again.
    """
    row = find(token, LinkPurpose.FIX_IT, utc_now())
    if row is None or row.subject is None:
        return None
    order = Order.get_or_none(Order.id == row.subject, Order.open > 0)
    return FixIt(row.id, order.id) if order else None
