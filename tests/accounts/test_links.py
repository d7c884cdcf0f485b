"""Mailed links: forged, foreign, for something else, and the ones that pay an order."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from domain.accounts import links
from kit import config
from kit.crypto import seal
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import LinkPurpose, LinkToken
from models.orders import Order, OrderSource
from tests import factory
from tests.accounts import people

RESET, CONFIRM, FIX_IT = LinkPurpose.RESET, LinkPurpose.CONFIRM, LinkPurpose.FIX_IT


@pytest.fixture
def ann(store, clock):
    return people.account(people.merchant(), "ann@example.com")


def _issue(account, purpose=RESET, link=None):
    with unit_of_work():
        return links.issue(link or uuid7(), purpose, account=account)


def test_a_link_is_for_one_purpose_and_cannot_be_made_up(ann, clock):
    token = _issue(ann)
    assert links.find(token, RESET, clock.at).account_id == ann.id
    assert links.find(token, CONFIRM, clock.at) is None
    row = LinkToken.get()
    made_up = seal(RESET, {"id": str(row.id), "version": 7})
    for forged in (token[:-1], token + "A", token[::-1], "", "x", "é", made_up, seal("other", {"id": str(row.id)})):
        assert links.find(forged, RESET, clock.at) is None, forged


def test_the_same_row_gives_the_same_link_until_it_is_used(ann, clock):
    link = uuid7()
    token = _issue(ann, link=link)
    assert _issue(ann, link=link) == token
    with unit_of_work():
        links.consume(token, RESET, clock.at)
    assert _issue(ann, link=link) is None
    with pytest.raises(links.LinkDead), unit_of_work():
        links.consume(token, RESET, clock.at)


def test_a_link_dies_with_the_password_it_was_made_for(ann, clock):
    token = _issue(ann)
    type(ann).update(password_version=ann.password_version + 1).execute()
    assert links.find(token, RESET, clock.at) is None


def test_links_outlive_a_change_of_the_key(ann, clock, settings):
    token = _issue(ann)
    config.use(dataclasses.replace(settings, secret_key="n" * 40, secret_key_fallbacks=(settings.secret_key,)))
    assert links.find(token, RESET, clock.at)
    config.use(dataclasses.replace(settings, secret_key="n" * 40))
    assert links.find(token, RESET, clock.at) is None


def _order(ann, number="1001", total=4900):
    return Order.create(
        merchant=ann.merchant,
        customer=ann.accesses.get().customer,
        number=number,
        title="Ten classes",
        currency="USD",
        total=total,
        open=total,
        due_on=date(2026, 11, 20),
        placed_at=ann.created_at,
        source=OrderSource.INVOICE,
        created_at=ann.created_at,
    )


def test_a_fix_it_link_is_for_one_order_until_it_is_settled_or_old_or_replaced(ann, clock):
    first, second = _order(ann), _order(ann, "1002")
    with unit_of_work():
        token, other = factory.fix_it_link(first.id), factory.fix_it_link(second.id)
    for _n in range(3):
        assert links.open_fix_it(token).order == first.id, "again and again"
    assert links.open_fix_it(other).order == second.id
    Order.update(open=0, paid=4900).where(Order.id == second.id).execute()
    assert links.open_fix_it(other) is None
    clock.advance(timedelta(days=13, hours=23))
    assert links.open_fix_it(token).order == first.id
    with unit_of_work():
        newer = factory.fix_it_link(first.id)
    assert links.open_fix_it(token) is None and links.open_fix_it(newer).order == first.id
    clock.advance(timedelta(days=14, seconds=1))
    assert links.open_fix_it(newer) is None
    assert links.open_fix_it("forged") is None


def test_killing_what_an_owner_has(ann, clock):
    token, order = _issue(ann), _order(ann)
    with unit_of_work():
        fix = factory.fix_it_link(order.id)
        links.kill(account=ann)
    assert links.find(token, RESET, clock.at) is None and links.open_fix_it(fix).order == order.id
    with unit_of_work():
        links.kill(order=order)
    assert links.open_fix_it(fix) is None
