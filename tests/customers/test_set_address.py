"""Writing an address: one of each kind, whoever presses when."""

from __future__ import annotations

import threading

import pytest

from domain.customers.details import AddressKind, written_address
from domain.customers.set_address import remove_shipping, set_address
from kit.errors import NotFound
from models import base
from models.base import unit_of_work
from models.customers import Access, Address, Customer
from models.work import Event
from tests import factory
from tests.customers.test_addresses import PORTLAND

BILLING, SHIPPING = AddressKind.BILLING, AddressKind.SHIPPING
BOSTON = {"street": "1 Milk Street", "city": "Boston", "region": "MA", "postcode": "02109", "country": "US"}


@pytest.fixture
def ann(store, clock) -> Customer:
    return factory.customer(factory.merchant("harbor"))


def _set(of: Customer, kind: AddressKind, typed: dict[str, str], account=None) -> None:
    account = account or Access.get(Access.customer == of).account
    set_address(account=account.id, customer=of.id, kind=kind, typed=typed)


def test_a_new_address_takes_the_place_of_the_old_one(ann: Customer) -> None:
    factory.account(ann)
    _set(ann, BILLING, PORTLAND)
    _set(ann, SHIPPING, PORTLAND)
    _set(ann, BILLING, BOSTON)
    _set(ann, BILLING, BOSTON)
    assert written_address(ann.id, BILLING)["city"] == "Boston"
    assert written_address(ann.id, SHIPPING)["city"] == "Portland"
    assert Event.select().where(Event.kind == "customer.address_changed").count() == 3, "the repeat changed nothing"


def test_two_at_the_same_moment_leave_one_row(ann: Customer) -> None:
    factory.account(ann)
    problems: list[Exception] = []
    both = threading.Barrier(2)
    presses = [threading.Thread(target=_press, args=(ann, typed, both, problems)) for typed in (PORTLAND, BOSTON)]
    for press in presses:
        press.start()
    for press in presses:
        press.join(20)
    assert problems == []
    assert Address.select().where(Address.customer == ann, Address.kind == BILLING).count() == 1


def _press(ann: Customer, typed: dict[str, str], both: threading.Barrier, problems: list[Exception]) -> None:
    try:
        with base.connected():
            both.wait()
            _set(ann, BILLING, typed)
    except Exception as problem:
        problems.append(problem)


def test_shipping_can_be_the_same_as_billing_again(ann: Customer) -> None:
    account = factory.account(ann)
    _set(ann, BILLING, PORTLAND)
    _set(ann, SHIPPING, BOSTON)
    for _twice in range(2):
        remove_shipping(account=account.id, customer=ann.id)
    assert [row.kind for row in Address.select()] == [BILLING]
    assert Event.select().where(Event.kind == "customer.address_removed").count() == 1


def test_nobody_writes_to_a_record_that_is_not_theirs(ann: Customer) -> None:
    factory.account(ann)
    other = factory.account(factory.customer(ann.merchant))
    with pytest.raises(NotFound):
        _set(ann, BILLING, PORTLAND, account=other)
    with pytest.raises(NotFound):
        remove_shipping(account=other.id, customer=ann.id)
    with unit_of_work():
        Access.create(account=other, customer=ann, source="staff", granted_at=ann.created_at)
    _set(ann, BILLING, PORTLAND, account=other)
    assert Address.select().count() == 1
