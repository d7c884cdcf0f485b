"""The list of customers and the search's page: who is listed, for whom, and how it leaves the house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask

from dashboard import routes
from domain.customers import listing
from domain.customers.folded import refold
from domain.customers.listing import Sort, State, Wanted, listed, read, whole
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Account, Customer
from models.merchants import Merchant, Role
from models.methods import PaymentMethod
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.story import Life
from tests.payments.conftest import Shop, shop
from tests.served import portal

__all__ = ["shop"]

MONDAY = date(2026, 11, 23)


@pytest.fixture
def server(store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


@pytest.fixture
def life(shop: Shop, server: Flask) -> Life:
    return Life(shop, server)


def names(of: Merchant, page: int = 1, size: int = 50, **asked: str) -> list[str]:
    """Who is listed."""
    return [row.name for row in listed(of.id, read(asked), today=MONDAY, page=page, size=size).rows]


@pytest.fixture
def town(life: Life) -> Life:
    """Four more customers: one who owes, one who was here today, one of another month, and one who was merged."""
    of = life.house
    owes = factory.customer(of, name="Bea Owes")
    factory.order(owes, 99900)
    factory.order(factory.customer(of, name="Cy Later"), 100, due=MONDAY + timedelta(days=9))
    here = factory.customer(of, name="Éva Here")
    account = factory.account(here)
    gone = factory.customer(of, name="Gone Away")
    factory.order(factory.customer(factory.merchant(), name="Stranger Sam"), 500)
    with unit_of_work():
        Account.update(signed_in_at=utc_now()).where(Account.id == account.id).execute()
        Customer.update(merged_into=owes).where(Customer.id == gone.id).execute()
        Customer.update(invited_at=utc_now()).where(Customer.name == "Cy Later").execute()
        Customer.update(name="=cmd|' /C calc'!A0").where(Customer.name == "Cy Later").execute()
        refold(row.id for row in Customer.select().where(Customer.merchant == of))
    return life


FORMULA = "=cmd|' /C calc'!A0"


def test_the_list_narrows_sorts_and_pages(town: Life) -> None:
    of = town.house
    everybody = [FORMULA, "Alex Morgan", "Bea Owes", "Éva Here"]
    assert names(of) == everybody
    assert names(of, state="owes") == ["Alex Morgan", "Bea Owes"], "what is due later, paid or another's is not owed"
    assert names(of, state="failing") == ["Alex Morgan"] == names(of, state="auto")
    assert names(of, state="no_auto") == [FORMULA, "Bea Owes", "Éva Here"]
    assert names(of, state="not_invited") == ["Bea Owes"]
    assert names(of, state="never_in") == [FORMULA, "Alex Morgan", "Bea Owes"]
    assert names(of, state="expiring") == []
    assert names(of, q="eva") == ["Éva Here"] == names(of, q="EVA here") and names(of, q="%") == []
    assert names(of, sort="owed")[:2] == ["Bea Owes", "Alex Morgan"] and names(of, sort="seen")[0] == "Éva Here"
    assert names(of, sort="newest") == ["Éva Here", FORMULA, "Bea Owes", "Alex Morgan"]
    for sort in Sort:
        pages = [name for page in (1, 2, 3) for name in names(of, page=page, size=2, sort=sort)]
        assert pages[:4] == names(of, sort=sort), sort
    assert {row.name for row in whole(of.id, Wanted(), today=MONDAY)} == set(everybody)
    with unit_of_work():
        PaymentMethod.update(exp_year=2026, exp_month=12).where(PaymentMethod.last4 == "9995").execute()
    assert names(of, state="expiring") == ["Alex Morgan"]


def test_a_long_list_is_read_in_parts(town: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_BATCH", 1)
    monkeypatch.setattr(listing, "COUNTED", 2)
    shown = listed(town.house.id, Wanted(), today=MONDAY, page=2, size=3)
    assert len(list(whole(town.house.id, Wanted(state=State.OWES), today=MONDAY))) == 2
    assert (len(shown.rows), shown.is_counted, shown.has_more, shown.number) == (1, False, False, 2)


def test_the_page_and_its_files_show_the_same_people(town: Life) -> None:
    for role in (Role.OWNER, Role.VIEWER):
        shown = town.shown("customers", role)
        for words in ("Bea Owes", "$999.00", "Not enough money", "insufficient_funds", "next try", "Éva Here"):
            assert words in shown, words
        assert "Stranger Sam" not in shown and "Gone Away" not in shown
        assert ("customers/new" in shown) is (role is Role.OWNER), "a viewer makes nobody"
        client = town.browser(role)
        table = client.get(f"{town.base}/customers.csv?state=owes").text
        assert "Bea Owes" in table and "999.00" in table and "Éva" not in table
        whole_table = client.get(f"{town.base}/customers.csv").text
        assert "'=cmd" in whole_table and ",=cmd" not in whole_table, "no cell runs as a formula"
    book = town.browser().get(f"{town.base}/customers.xlsx")
    sheet = ZipFile(BytesIO(book.data)).read("xl/worksheets/sheet1.xml").decode()
    assert "Bea Owes" in sheet and "<f>" not in sheet
    for person in (None, town.person(None)):
        client = signed_in(town.server, person)
        for path in ("customers", "customers.csv", "search?q=bea"):
            assert client.get(f"{town.base}/{path}").status_code in (303, 403), path


def test_the_search_opens_one_hit_lists_several_and_helps_when_there_is_none(town: Life) -> None:
    client = town.browser(Role.VIEWER)
    one = client.get(f"{town.base}/search?q=bea")
    assert one.status_code == 303 and one.headers["Location"].startswith(f"{town.base}/customers/")
    paid = client.get(f"{town.base}/search?q={town.paid}")
    assert paid.headers["Location"] == f"{town.base}/payments/{town.paid}"
    several = client.get(f"{town.base}/search?q=e")
    assert "Bea Owes" in several.text and "Éva Here" in several.text and "Stranger Sam" not in several.text
    none = client.get(f"{town.base}/search?q=<b>nobody</b>")
    assert "&lt;b&gt;nobody" in none.text and "What you can search for" in none.text and "<b>nobody" not in none.text
    assert 'id="rail-search"' in none.text and none.headers["Referrer-Policy"] == "same-origin"
    assert none.headers["Cache-Control"] == "no-store"
    other = signed_in(town.server, town.person(None))
    slug = Merchant.select().order_by(Merchant.created_at.desc(), Merchant.id.desc()).get().slug
    assert other.get(f"/merchant/{slug}/search?q={town.paid}").status_code == 200, "another's id is nothing"


def test_a_search_is_not_logged(town: Life, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    town.browser().get(f"{town.base}/search?q=secretname")
    out, err = capfd.readouterr()
    assert "secretname" not in out + err


def test_the_pages_cost_twelve_queries_at_most(town: Life) -> None:
    client = town.browser()
    with counted() as asked:
        client.get(f"{town.base}/search?q=2001")
    assert len(asked) <= 12, "\n".join(asked)
    for query in ("", "?sort=owed", "?sort=seen", "?state=expiring"):
        with counted() as shell:
            client.get(f"{town.base}/customers{query}")
        with counted() as asked:
            assert drawn(client, f"{town.base}/customers{query}").status_code == 200
        assert len(asked) - len(shell) <= 12, "\n".join(asked)
