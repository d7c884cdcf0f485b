"""Where the demo's bank sends its events: our own address, which changes with the port."""

from __future__ import annotations

from typing import Protocol

from kit.config import settings
from kit.crypto import encrypt
from models.base import connected
from models.merchants import GatewayAccount


class Teller(Protocol):
    """A bank that tells us of what happens."""

    def listen(self, account: str, url: str) -> str:
        """Sends an account's events to `url` and nowhere else; answers the secret that signs them."""


def listen(bank: Teller) -> None:
    """Every merchant's events come here from now on."""
    with connected():
        for account in list(GatewayAccount.select()):
            url = f"http://127.0.0.1:{settings().port}/webhooks/{account.path_token}"
            secret = encrypt(bank.listen(account.external_id, url))
            GatewayAccount.update(webhook_secret=secret).where(GatewayAccount.id == account.id).execute()
