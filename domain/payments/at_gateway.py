"""The one way to a merchant's processor account: never inside a unit of work (protocol.md 2)."""

from __future__ import annotations

from uuid import UUID

from integrations.gateways.base import Credentials, Gateway, GatewayUnreachable
from integrations.gateways.registry import driver
from kit.config import settings
from kit.crypto import InvalidToken, decrypt
from kit.log import log
from models.base import in_unit_of_work
from models.merchants import GatewayAccount

WEB_SECONDS = 10.0  # total over all calls of one press
WORKER_SECONDS = 25.0  # below the lease of 60 s


class KeyUnreadable(GatewayUnreachable):
    """The account's key is stored, and nobody can read it: SECRET_KEY has changed without its fallback."""


def gateway_for(account: GatewayAccount) -> Gateway:
    """The driver for an account. Raises RuntimeError inside a unit of work: a slow bank must not hold our store.

    KeyUnreadable when the account's key cannot be read any more: to the protocol that is a processor that does not
    answer.
    """
    if in_unit_of_work():
        raise RuntimeError("the gateway is never called inside a unit of work")
    try:
        secret = decrypt(account.secret)
    except InvalidToken:
        log().error("gateway.key_unreadable", gateway_account=str(account.id))
        raise KeyUnreadable("the stored key cannot be read") from None
    return driver(account.gateway, Credentials(secret, settings().gateway_url, account=str(account.id)))


def is_readable(account: GatewayAccount) -> bool:
    """Whether the account's stored key can be read. Nobody is asked."""
    try:
        decrypt(account.secret)
    except InvalidToken:
        return False
    return True


def active_account(merchant: UUID) -> GatewayAccount | None:
    """The account that new methods and payments of a merchant go to."""
    return GatewayAccount.get_or_none((GatewayAccount.merchant == merchant) & GatewayAccount.active)
