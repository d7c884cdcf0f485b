"""Connecting a merchant's account at the processor: asked live whose key it is, stored encrypted."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from domain.events.record import Actor, record
from integrations.gateways.base import Account, Credentials, GatewayRefused, GatewayUnreachable
from integrations.gateways.registry import driver
from kit.clock import utc_now
from kit.config import settings
from kit.crypto import encrypt
from kit.deadline import Deadline
from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import in_unit_of_work, require_unit_of_work, unit_of_work
from models.merchants import GatewayAccount

_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]+\Z")
_PATIENCE = 25.0  # seconds; a command waits, no customer does


def connect(*, merchant: UUID, secret_key: str, webhook_secret: str | None = None) -> GatewayAccount:
    """Checks the key with the processor and makes it the merchant's account from now on.

    Not inside a unit of work (the processor is asked). The same processor account again gets the new key; another one
    of the merchant's is switched off. A test key is welcome and makes everything of this merchant print TEST.
    Raises DomainError when the key is of the wrong kind or does not work, Conflict when it is another merchant's.
    """
    account = whose_key(secret_key)
    with unit_of_work():
        return store_account(merchant=merchant, account=account, secret_key=secret_key, webhook_secret=webhook_secret)


def whose_key(secret_key: str) -> Account:
    """The processor's own answer to whose key this is. Raises DomainError, with field `secret_key`."""
    if in_unit_of_work():
        raise RuntimeError("the gateway is never asked inside a unit of work")
    key = secret_key.strip()
    _refuse_by_shape(key)
    gateway = driver("stripe", Credentials(secret_key=key, base_url=settings().gateway_url))
    try:
        account = gateway.account(deadline=Deadline.within(_PATIENCE))
    except GatewayRefused as refusal:
        raise DomainError(
            _("Stripe does not accept this key (%(status)s). Copy it again from Stripe: Developers, API keys.")
            % {"status": refusal.status},
            field="secret_key",
        ) from None
    except GatewayUnreachable:
        raise DomainError(_("Stripe did not answer. Check the network and try again."), field="secret_key") from None
    if account.livemode and not account.charges_enabled:
        raise DomainError(
            _("Stripe has not enabled charges for this account. Finish its activation at Stripe, then try again."),
            field="secret_key",
        )
    return account


def _refuse_by_shape(key: str) -> None:
    """What can be told without asking. The key itself is in no sentence."""
    if key.startswith("pk_"):
        raise DomainError(
            _("This is the publishable key. The secret one is needed; it starts with sk_ or rk_."), field="secret_key"
        )
    shape = _KEY.match(key)
    if shape is None:
        raise DomainError(
            _("This is not a Stripe secret key; one starts with sk_live_, sk_test_, rk_live_ or rk_test_."),
            field="secret_key",
        )
    if shape[1] == "live" and settings().gateway_url:
        raise DomainError(
            _("This is a live key, and this install talks to the sandbox. Use a test key, or SETTLE_MODE=live."),
            field="secret_key",
        )


def store_account(
    *,
    merchant: UUID,
    account: Account,
    secret_key: str,
    webhook_secret: str | None = None,
    actor: Actor = Actor.COMMAND,
    actor_id: UUID | None = None,
) -> GatewayAccount:
    """Stores a checked account in the caller's unit of work. Raises Conflict when another merchant has it."""
    require_unit_of_work()
    row = GatewayAccount.get_or_none(
        GatewayAccount.gateway == "stripe",
        GatewayAccount.external_id == account.id,
        GatewayAccount.livemode == account.livemode,
    )
    if row is not None and row.merchant_id != merchant:
        raise Conflict(_("Another merchant is connected to this Stripe account. Each needs its own."))
    new = row is None
    if row is None:
        row = GatewayAccount(
            merchant=merchant,
            gateway="stripe",
            livemode=account.livemode,
            external_id=account.id,
            path_token=secrets.token_urlsafe(24),
            created_at=utc_now(),
        )
    row.secret = encrypt(secret_key.strip())
    row.active = True
    if webhook_secret:
        row.webhook_secret = encrypt(webhook_secret.strip())
    row.save(force_insert=new)
    GatewayAccount.update(active=False).where(
        GatewayAccount.merchant == merchant, GatewayAccount.id != row.id
    ).execute()
    record("gateway_account.connected", merchant=merchant, actor=actor, actor_id=actor_id, subject=row.id)
    return row
