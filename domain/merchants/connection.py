"""The settings' side of a merchant's processor account: how it stands, another key, the webhook's secret, the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.edits import locked_merchant
from domain.merchants.gateway_accounts import store_account, whose_key
from domain.payments.at_gateway import active_account, gateway_for
from domain.payments.states import OPEN
from integrations.gateways.base import Account, GatewayRefused, GatewayUnreachable
from kit.config import settings
from kit.crypto import encrypt
from kit.deadline import Deadline
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _, ngettext
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.payments import Attempt
from models.work import WebhookEvent

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{1,200}\Z")
_PATIENCE = 10.0  # seconds; a person waits


@dataclass(frozen=True)
class Connection:
    """A connected processor account, without anything secret."""

    id: UUID
    external_id: str
    livemode: bool
    since: datetime
    webhook_url: str
    signed: bool  # a signing secret is entered: hints are believed
    changing: bool  # a second secret counts too, until the change is finished
    last_event: str  # the kind of the latest verified hint; empty: none came yet
    last_event_at: datetime | None
    open_attempts: int


def connection_of(merchant: UUID) -> Connection | None:
    """How the merchant's account stands, or None when there is none. Three queries."""
    row = active_account(merchant)
    if row is None:
        return None
    of_row = WebhookEvent.gateway_account == row.id
    event = WebhookEvent.select().where(of_row).order_by(WebhookEvent.received_at.desc()).first()
    return Connection(
        id=row.id,
        external_id=row.external_id,
        livemode=row.livemode,
        since=row.created_at,
        webhook_url=f"{settings().public_url}/webhooks/{row.path_token}",
        signed=row.webhook_secret is not None,
        changing=row.webhook_secret_next is not None,
        last_event=event.kind if event else "",
        last_event_at=event.received_at if event else None,
        open_attempts=_open_attempts(row.id),
    )


def _open_attempts(account: UUID) -> int:
    return int(Attempt.select().where(Attempt.gateway_account == account, Attempt.state.in_(list(OPEN))).count())


def connect_account(*, merchant: UUID, staff: UUID, secret_key: str, other: bool) -> Account:
    """Checks a key live and makes it the merchant's from now on; answers what the processor said.

    Not inside a unit of work. `other`: the person knows that it may be another account than the connected one, where
    the stored cards stay behind. Raises DomainError, field `secret_key`; Conflict when it is another merchant's.
    """
    account = whose_key(secret_key)
    with unit_of_work():
        locked_merchant(merchant)
        now = active_account(merchant)
        if now is not None and (now.external_id, now.livemode) != (account.id, account.livemode) and not other:
            raise DomainError(
                _(
                    "This key is of another account (%(new)s) than the connected one (%(now)s). Cards that customers "
                    "stored stay at the old account and would have to be added again. If you mean it, tick the box."
                )
                % {"new": account.id, "now": now.external_id},
                field="secret_key",
            )
        store_account(merchant=merchant, account=account, secret_key=secret_key, actor=Actor.STAFF, actor_id=staff)
    return account


def check_live(merchant: UUID) -> Account:
    """Asks the processor with the stored key, not inside a unit of work. Raises DomainError when that does not work."""
    row = active_account(merchant)
    if row is None:
        raise NotFound(_("No account is connected."))
    try:
        return gateway_for(row).account(deadline=Deadline.within(_PATIENCE))
    except GatewayRefused as refusal:
        raise DomainError(
            _("Stripe refuses the stored key (%(status)s). Enter a new one.") % {"status": refusal.status}
        ) from None
    except GatewayUnreachable:
        raise DomainError(_("Stripe did not answer just now. Nothing is changed; try again in a minute.")) from None


def set_webhook_secret(*, merchant: UUID, staff: UUID, secret: str) -> bool:
    """Keeps the webhook's signing secret. Where there is one already the new one counts beside it, until
    `finish_change`, so that no hint is lost between; answers whether that is so."""
    wanted = secret.strip()
    if not _SECRET.match(wanted):
        raise DomainError(
            _("This is not a signing secret; one starts with whsec_. You find it at Stripe, on the endpoint's page."),
            field="webhook_secret",
        )
    with unit_of_work():
        locked_merchant(merchant)
        row = _connected(merchant)
        second = row.webhook_secret is not None
        column = GatewayAccount.webhook_secret_next if second else GatewayAccount.webhook_secret
        GatewayAccount.update({column: encrypt(wanted)}).where(GatewayAccount.id == row.id).execute()
        _told("gateway_account.webhook_secret_entered", merchant, staff, row)
    return second


def finish_change(*, merchant: UUID, staff: UUID) -> None:
    """The second signing secret takes the first one's place: hints signed with the old one are refused from now on."""
    with unit_of_work():
        locked_merchant(merchant)
        row = _connected(merchant)
        if row.webhook_secret_next is None:
            return  # pressed twice
        GatewayAccount.update(webhook_secret=row.webhook_secret_next, webhook_secret_next=None).where(
            GatewayAccount.id == row.id
        ).execute()
        _told("gateway_account.webhook_secret_changed", merchant, staff, row)


def disconnect(*, merchant: UUID, staff: UUID) -> None:
    """Nothing new is charged through the account. Its key stays, encrypted, for refunds and late news of what was.

    Raises Conflict while attempts are open: their outcome must be known first.
    """
    with unit_of_work():
        locked_merchant(merchant)
        row = _connected(merchant)
        waiting = _open_attempts(row.id)
        if waiting:
            raise Conflict(
                ngettext(
                    "%(n)d payment is under way at this account. Wait until it is final, then disconnect.",
                    "%(n)d payments are under way at this account. Wait until they are final, then disconnect.",
                    waiting,
                )
                % {"n": waiting}
            )
        GatewayAccount.update(active=False).where(GatewayAccount.id == row.id).execute()
        _told("gateway_account.disconnected", merchant, staff, row)


def _connected(merchant: UUID) -> GatewayAccount:
    row = active_account(merchant)
    if row is None:
        raise NotFound(_("No account is connected."))
    return row


def _told(kind: str, merchant: UUID, staff: UUID, row: GatewayAccount) -> None:
    record(kind, merchant=merchant, actor=Actor.STAFF, actor_id=staff, subject=row.id)
