"""The portal with a mailbox behind it, and three people: the owner, a colleague, a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kit.clock import Stopped
from models.merchants import Merchant
from tests import factory
from tests.accounts.conftest import Mailbox, mailbox
from tests.pages.customer.conftest import Person, colleague, owner, sign_in, stranger
from tests.served import portal

__all__ = ["Mailbox", "Person", "colleague", "mailbox", "owner", "sign_in", "stranger"]


@pytest.fixture
def server(sqlite_store: str, mailbox: Mailbox, clock: Stopped) -> Iterator[Flask]:
    """The portal with its real routes and views."""
    yield portal()


@pytest.fixture
def house(server: Flask) -> Merchant:
    """Harbor Yoga, which changes its customers' details itself."""
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def open_house(house: Merchant) -> Merchant:
    """Harbor Yoga, which lets its customers change e-mail and phone."""
    Merchant.update(own_contact=True).where(Merchant.id == house.id).execute()
    return Merchant.get_by_id(house.id)
