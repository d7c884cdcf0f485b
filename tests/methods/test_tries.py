"""Case 28: cards that are tried over and over slow down, by customer and by address."""

from __future__ import annotations

import pytest

from domain.methods import visit
from domain.payments.intention import Buyer
from integrations.gateways.base import MethodKind
from kit.errors import DomainError
from models.customers import Customer
from models.methods import PaymentMethod
from tests import factory
from tests.methods.conftest import Wallet

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"
VISA, REFUSED = "4242424242424242", "4111222233334444"


def begin(of: Customer, address: str) -> tuple[Buyer, str, str]:
    """*Add card*: the buyer, the handle, and the processor's page."""
    buyer = Buyer(of.id, None)
    handle = visit.begin_without_paying(buyer=buyer)
    url = visit.start(handle, buyer=buyer, kind=MethodKind.CARD, address=address)
    return buyer, handle, "/checkout/" + url.rpartition("/")[2]


def try_a_card(wallet: Wallet, number: str, address: str = HERE, of: Customer | None = None) -> None:
    """Goes to the processor's page, types a number and comes back."""
    from domain.methods.mandates import Agreed

    buyer, handle, path = begin(of or wallet.customer, address)
    wallet.sandbox.app.test_client().post(path, data={"kind": "card", "number": number})
    visit.finish(handle, buyer=buyer, agreed=Agreed(address))


def test_case_28_five_failed_cards_in_a_row_wait(one_wallet: Wallet) -> None:
    for _n in range(5):
        try_a_card(one_wallet, REFUSED)
    with pytest.raises(DomainError) as refused:
        begin(one_wallet.customer, ELSEWHERE)
    assert refused.value.sentence.endswith("Nothing was charged. Please try again in 30 seconds.")
    neighbour = factory.customer(one_wallet.customer.merchant)
    with pytest.raises(DomainError, match="30 seconds"):
        begin(neighbour, HERE)  # the same address
    begin(neighbour, ELSEWHERE)
    one_wallet.pass_time(seconds=31)
    try_a_card(one_wallet, REFUSED)
    with pytest.raises(DomainError, match="in 60 seconds"):
        begin(one_wallet.customer, HERE)
    one_wallet.pass_time(seconds=61)
    try_a_card(one_wallet, VISA)
    assert PaymentMethod.select().count() == 1
    for _n in range(4):
        begin(one_wallet.customer, ELSEWHERE)


def test_cards_that_are_added_slow_nobody_down(one_wallet: Wallet) -> None:
    for _n in range(8):
        try_a_card(one_wallet, VISA)
    assert PaymentMethod.select().count() == 1, "one card, added again"
