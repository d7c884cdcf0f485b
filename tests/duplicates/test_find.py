"""Who may be one person: the signs, the household (case 75), what is remembered, and who follows a merge."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from domain.accounts.access import grant_matching
from domain.customers.find import find_customer
from domain.duplicates.dismiss import not_duplicates
from domain.duplicates.evidence import Evidence, Person, Sign, evidence
from domain.duplicates.find import find
from domain.duplicates.gather import gather
from domain.duplicates.merge import merge
from domain.duplicates.queries import pairs
from domain.duplicates.undo import undo
from domain.imports.people import find_customers
from domain.imports.plan import Person as Row
from domain.merchants.facts import facts_of
from kit.clock import Stopped
from models.base import unit_of_work
from models.customers import Access, Address, Customer
from models.merchants import Merchant, Staff
from models.orders import Order
from tests import factory


def person(name: str, **values: Any) -> Person:
    return Person(id=uuid4(), name=name, **({"email": "", "phone": ""} | values))


@pytest.mark.parametrize(
    ("one", "other", "signs", "likely", "household"),
    [
        (
            person("alex morgan", email="a@x.example"),
            person("morgan, alex", email="a@x.example"),
            {Sign.EMAIL, Sign.NAME},
            True,
            False,
        ),
        (
            person("alex morgan", cards=frozenset("f")),
            person("alex morgn", cards=frozenset("f")),
            {Sign.CARD, Sign.NAME_CLOSE},
            True,
            False,
        ),
        (
            person("alex morgan", email="alex.morgan@x.example"),
            person("alex morgan", email="alexmorgan+gym@y.example"),
            {Sign.NAME, Sign.MAILBOX_CLOSE},
            False,
            False,
        ),
        (
            person("alex morgan", addresses=frozenset("a"), cards=frozenset("f")),
            person("robin diaz", addresses=frozenset("a"), cards=frozenset("f")),
            {Sign.CARD, Sign.ADDRESS},
            False,
            True,
        ),
    ],
)
def test_what_speaks_for_one_person(one: Person, other: Person, signs: set[Sign], likely: bool, household: bool):
    found = evidence(one, other)
    assert isinstance(found, Evidence)
    assert (set(found.signs), found.likely, found.household) == (signs, likely, household)


def test_a_common_name_alone_is_not_enough():
    assert evidence(person("alex morgan"), person("alex morgan", email="other@x.example")) is None


@pytest.fixture
def house(sqlite_store: str, clock: Stopped) -> Merchant:
    return factory.merchant()


@pytest.fixture
def kim(house: Merchant) -> Staff:
    return factory.staff(of=house)


def _at(customer: Customer, street: str) -> None:
    with unit_of_work():
        Address.create(customer=customer, street=street, postcode="04101", country="US")


def test_case_75_a_household_is_offered_as_maybe_and_not_a_duplicate_is_remembered(house: Merchant, kim: Staff):
    alex, robin = factory.customer(house, name="Alex Morgan"), factory.customer(house, name="Robin Diaz")
    for one, street in ((alex, "12 Harbor St"), (robin, "12  harbor st")):
        _at(one, street)
    stranger = factory.customer(factory.merchant(), name="Alex Morgan", email=alex.email)
    assert find(house.id) == 1 and find(stranger.merchant_id) == 0
    pair = pairs(facts_of(house)).rows[0]
    assert pair.household and not pair.likely and {pair.one.id, pair.other.id} == {alex.id, robin.id}
    for _press in range(2):
        not_duplicates(merchant=house.id, one=robin.id, other=alex.id, staff=kim.id)
    assert find(house.id) == 0 and not pairs(facts_of(house)).rows


def test_a_pair_that_nothing_speaks_for_any_more_goes(house: Merchant):
    one, other = (factory.customer(house, email="same@example.com") for _n in range(2))
    assert find(house.id) == find(house.id) == 1
    Customer.update(email="another@example.com", name="Kim Larsen").where(Customer.id == other.id).execute()
    assert find(house.id) == 0 and one


def test_whoever_looks_for_a_merged_record_finds_its_survivor(house: Merchant, kim: Staff):
    one, other = factory.customer(house, email="one@example.com"), factory.customer(house, email="two@example.com")
    merge(merchant=house.id, survivor=one.id, absorbed=other.id, staff=kim.id)
    found = find_customer(house.id, reference=other.reference)
    assert found is not None and found.id == one.id
    rows = [
        Row(key="a", reference=other.reference or "", name="x", email=""),
        Row(key="b", reference="", name="x", email="two@example.com"),
    ]
    there, _claims = find_customers(house.id, rows)
    assert set(there.values()) == {one.id}
    account = factory.account(other)
    Access.delete().execute()
    with unit_of_work():
        assert grant_matching(account) == 1
        assert grant_matching(account) == 0, "twice"
    assert Access.get().customer_id == one.id


def test_what_comes_late_to_the_absorbed_record_goes_over_and_comes_back(house: Merchant, kim: Staff):
    one, other = factory.customer(house), factory.customer(house)
    done = merge(merchant=house.id, survivor=one.id, absorbed=other.id, staff=kim.id)
    late = factory.order(other)
    assert gather() > 0 and gather() == 0
    assert Order.get_by_id(late.id).customer_id == one.id
    undo(merchant=house.id, merge=done, staff=kim.id)
    assert Order.get_by_id(late.id).customer_id == other.id
