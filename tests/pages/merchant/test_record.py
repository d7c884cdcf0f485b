"""A customer's record and an order: what stands there, for whom, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from dashboard import routes
from domain.customers.trail import Of, trail
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.console import Note
from models.customers import Customer, LinkToken
from models.merchants import Role
from models.payments import Payment
from models.work import Mail, MailState
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.story import Life, text_of
from tests.payments.conftest import Shop, shop
from tests.served import portal

__all__ = ["shop"]


@pytest.fixture
def server(store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


@pytest.fixture
def life(shop: Shop, server: Flask) -> Life:
    return Life(shop, server)


def test_the_record_says_who_what_is_owed_and_what_happened(life: Life) -> None:
    owner = factory.staff(of=life.house)
    with unit_of_work():
        Note.create(merchant=life.house, customer=life.shop.customer, staff=owner, text="Rang\nat 9", made_at=utc_now())
    with unit_of_work():
        mail = Mail.get(Mail.template == "payment_failed")
        link = Mail.select().where(Mail.id == mail.id).get().facts.split('"link": "')[1][:36]
        LinkToken.create(
            id=link, purpose="fix_it", token_hash="x", subject=str(life.owed.id), created_at=utc_now(),
            expires_at=utc_now(), opened_at=utc_now(),
        )  # fmt: skip
        Mail.update(state=MailState.SENT, sent_at=utc_now()).execute()
    page = f"customers/{life.shop.customer.id}"
    for role in (Role.OWNER, Role.VIEWER):
        shown = life.shown(page, role)
        for words in (
            "Alex Morgan",
            life.shop.customer.email,
            "$42.00",
            "insufficient_funds",
            "Visa ending 9995",
            "next try",
        ):
            assert words in shown, words
        for words in ("Rang\\\\nat 9", "E-mail: Payment failed", "accepted by the mail service", "its link was opened"):
            assert words.replace("\\\\n", "\\n") in shown, words
    assert f"orders/{life.owed.id}" in shown and f"payments/{life.paid}" in shown
    assert (
        "Rang" in life.shown(f"{page}?of=notes")
        and "Visa ending" not in life.shown(f"{page}?of=notes").split("story")[1]
    )


def test_another_merchants_people_find_nothing_of_it(life: Life) -> None:
    other = factory.merchant("other")
    client = signed_in(life.server, factory.staff(of=other))
    for path in (f"customers/{life.shop.customer.id}", f"orders/{life.bought.id}", f"payments/{life.paid}"):
        assert client.get(f"{life.base}/{path}").status_code in (303, 403), "not their console"
        assert client.get(f"/merchant/other/{path}").status_code == 404, "not in their console"
        assert drawn(client, f"/merchant/other/{path}").status_code in (401, 404)
    for path in ("customers", "orders", "payments"):
        assert life.browser().get(f"{life.base}/{path}/{uuid7()}").status_code == 404


def test_a_page_costs_twelve_queries_at_most(life: Life) -> None:
    client = life.browser()
    for path in (f"customers/{life.shop.customer.id}", f"orders/{life.owed.id}", f"payments/{life.paid}", "customers"):
        client.get(f"{life.base}/{path}")
        with counted() as asked:
            answer = drawn(client, f"{life.base}/{path}")
        assert answer.status_code == 200
        assert len(asked) - _of_the_shell(life, path) <= 12, "\n".join(asked)


def _of_the_shell(life: Life, path: str) -> int:
    """`drawn` opens the page before it asks for what is on it."""
    client = life.browser()
    with counted() as asked:
        client.get(f"{life.base}/{path}")
    return len(asked)


def test_the_order_says_what_came_in_and_what_is_tried(life: Life) -> None:
    paid, owed = life.shown(f"orders/{life.bought.id}", Role.VIEWER), life.shown(f"orders/{life.owed.id}")
    for words in ("Morning yoga", "$89.00", "Visa ending 4242", "receipt R-", f"payments/{life.paid}"):
        assert words in paid, words
    for words in ("insufficient_funds", "$42.00", "Planned", "too little money", "Next try planned for"):
        assert words in owed, words


def test_a_merged_record_leads_to_the_one_it_is_part_of(life: Life) -> None:
    gone = factory.customer(life.house, name="Alex Twin")
    with unit_of_work():
        Customer.update(merged_into=life.shop.customer).where(Customer.id == gone.id).execute()
    shown = life.shown(f"customers/{gone.id}")
    assert f"customers/{life.shop.customer.id}" in shown and "Alex Twin" in shown


def test_the_timeline_goes_on_page_by_page(life: Life) -> None:
    merchant, customer = life.house.id, life.shop.customer.id
    whole = [(entry.at, entry.of, entry.what, entry.id) for entry in trail(merchant, customer, size=1000).entries]
    pages, number = [], 1
    while True:
        page = trail(merchant, customer, page=number, size=2)
        pages += [(entry.at, entry.of, entry.what, entry.id) for entry in page.entries]
        if not page.has_older:
            break
        number += 1
    assert pages == whole and len(whole) > 8
    split = sorted(e.at for of in Of for e in trail(merchant, customer, of=of, size=1000).entries)
    assert split == sorted(at for at, *_rest in whole), "each entry is of one kind"
    assert trail(factory.merchant().id, customer, size=1000).entries == ()
    assert Payment.get_by_id(life.paid).merchant_id == merchant and text_of({}) == "{}"
