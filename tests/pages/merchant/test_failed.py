"""*Failed payments*: who may see it, that it adds up, that every number leads to rows that sum to it, its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import routes
from domain.accounts.viewer import Role
from models.base import unit_of_work
from models.customers import Customer
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.boards import cents, count_everything, every_number_is_its_list, listed, page
from tests.pages.merchant.conftest import Town, live
from tests.served import portal
from tests.test_kit_sheets import cells

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/merchant/harbor/failed"
NOVEMBER = "first=2026-10-01&last=2026-11-23"


@pytest.fixture
def server(sqlite_store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


def test_it_adds_up_and_every_number_leads_to_what_it_is_made_of(server: Flask, town: Town) -> None:
    live(town)
    count_everything()
    client = signed_in(server, factory.staff(of=town.merchant, role=Role.VIEWER))
    with counted() as opening:
        client.get(PAGE)
    with counted() as both:
        shown = page(client, f"{PAGE}?{NOVEMBER}")
    assert len(both) - len(opening) <= 12, both[len(opening) :]
    assert shown.components <= 150
    for words in (
        "insufficient_funds",
        "Not enough money",
        "lost_card",
        "Retry 1",
        "Visa",
        "Who tried",
        "How this is counted",
    ):
        assert words in shown.text
    every_number_is_its_list(client, f"{PAGE}?{NOVEMBER}")
    for words in ("Stranger Sam", "$777.00"):
        assert words not in shown.text + page(client, f"{PAGE}/list?{NOVEMBER}").text
    assert "currencies are never added: €80.00" in " ".join(shown.text.split()), "another currency is said, not added"
    _narrowed(client)
    _files(client)


def _narrowed(client: FlaskClient) -> None:
    funds = page(client, f"{PAGE}?{NOVEMBER}&group=funds")
    assert "<code>lost_card</code>" not in funds.text and "Not enough money" in funds.text
    assert "Filters in force" in funds.text
    odd = page(client, f"{PAGE}?first=2030-01-01&last=never&hour=99&network=%3Cscript%3E")
    assert odd.status == 200 and "is not a day that can be shown" in odd.text and "<script>" not in odd.text
    empty = page(client, f"{PAGE}?{NOVEMBER}&network=jcb")
    assert "Take one away" in empty.text and empty.status == 200


def _files(client: FlaskClient) -> None:
    with unit_of_work():
        Customer.update(name='=HYPERLINK("http://evil.example")').where(Customer.name == "Flo Lost").execute()
    whole = listed(client, f"{PAGE}/list?{NOVEMBER}")
    answer = client.get(f"{PAGE}.csv?{NOVEMBER}&table=list")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=harbor-failed-list-2026-10-01")
    head, *rows = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    assert len(rows) == whole[0]
    assert sum(Decimal(row[-1]) for row in rows if row[-2] == "USD") * 100 == cents(whole[1])
    assert [row[1] for row in rows if "HYPERLINK" in row[1]] == ['\'=HYPERLINK("http://evil.example")']
    assert (head[-2], head[-1]) == ("Currency", "Amount") and "Stranger Sam" not in answer.text
    book = cells(client.get(f"{PAGE}.xlsx?{NOVEMBER}&table=list").get_data())
    assert len(book) == len(rows) + 1
    assert not any(kind == "formula" for row in book for kind, _text in row)
    assert sum(Decimal(row[-1][1]) for row in book[1:]) * 100 == cents(whole[1])
    for table in ("days", "hours", "group", "code", "network", "kind", "n", "channel"):
        head, *rows = csv.reader(
            io.StringIO(client.get(f"{PAGE}.csv?{NOVEMBER}&table={table}").get_data().decode("utf-8-sig"))
        )
        at = next(number for number, name in enumerate(head) if name.endswith("amount"))
        assert sum(Decimal(row[at]) for row in rows) * 100 == cents(whole[1]), table
    assert client.get(f"{PAGE}.csv?table=everything").status_code == 404
    assert client.get(f"{PAGE}.exe?table=list").status_code == 404


def test_nobody_else_sees_it_and_an_empty_one_says_what_will_stand_there(server: Flask, town: Town) -> None:
    for person in (None, factory.staff(of=factory.merchant("third")), factory.staff(operator=True)):
        client = signed_in(server, person)
        for path in (PAGE, f"{PAGE}/list", f"{PAGE}.csv", f"{PAGE}.xlsx?table=days"):
            assert client.get(path).status_code in (303, 403, 404), path
        assert drawn(client, PAGE).status_code in (401, 403)
    client = signed_in(server, factory.staff(of=town.merchant))
    shown = page(client, PAGE)
    assert "No bank declined anything in these days" in shown.text
    assert '"Graph"' not in drawn(client, PAGE).text, "no chart, so no plotly is loaded"
    for asked in ("2", "0", "-1", "x", "9" * 30, "²"):
        assert page(client, f"{PAGE}/list?page={asked}").status == 200, asked
