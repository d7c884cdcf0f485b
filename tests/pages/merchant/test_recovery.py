"""*Recovery*: it adds up, young days are left out of the rates, every number leads to rows that sum to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import routes
from dashboard.pages.merchant.failed import shade
from dashboard.pages.merchant.recovery import rate_shade
from domain.accounts.viewer import Role
from domain.mail.letter import Envelope
from domain.mail.messages.saved_view import build
from domain.reports import saved_views
from domain.reports.filters import By
from domain.reports.saved_views import Board
from domain.reports.shapes import Share
from kit.money import Money
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.boards import cents, count_everything, every_number_is_its_list, listed, page
from tests.pages.merchant.conftest import Town, live
from tests.served import portal

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/merchant/harbor/recovery"


@pytest.fixture
def server(sqlite_store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


def test_it_adds_up_and_every_number_leads_to_what_it_is_made_of(server: Flask, town: Town) -> None:
    live(town)
    count_everything()
    person = factory.staff(of=town.merchant, role=Role.VIEWER)
    client = signed_in(server, person)
    with counted() as opening:
        client.get(PAGE)
    with counted() as both:
        shown = page(client, PAGE)
    assert len(both) - len(opening) <= 12, both[len(opening) :]
    assert shown.components <= 150
    text = " ".join(shown.text.split())
    for words in ("$399.00", "$259.00", "$100.00", "$40.00", "Fix-it link in the mail", "Not enough money"):
        assert words in text
    assert "not seven full days old" in text and "Too young" not in text
    assert "Recovered ÷ failed" in text or "$259.00 ÷ $399.00" in text, "the formula has today's numbers in it"
    for words in ("Stranger Sam", "$777.00", "Old Story"):
        assert words not in text + page(client, f"{PAGE}/list?what=failed").text
    assert "€20.00" in text, "another currency is said, not added"
    every_number_is_its_list(client, f"{PAGE}?first=2026-10-25")
    _files(client)
    _mailed(town, person.id)


def _files(client: FlaskClient) -> None:
    whole = listed(client, f"{PAGE}/list?what=failed")
    _head, *rows = read(client, f"{PAGE}.csv?table=list")
    assert len(rows) == whole[0] == 6
    assert sum(Decimal(row[-1]) for row in rows) * 100 == cents(whole[1])
    assert [row[1] for row in read(client, f"{PAGE}.csv?table=list&what=unplanned")[1:]] == ["Flo Lost"]
    for table in ("days", "group"):
        head, *rows = read(client, f"{PAGE}.csv?table={table}")
        at = head.index("Failed, amount")
        assert sum(Decimal(row[at]) for row in rows) * 100 == cents(whole[1]), table
    for table in ("ages", "helpers", "ladder", "cohorts"):
        assert len(read(client, f"{PAGE}.csv?table={table}")) > 1, table
        assert client.get(f"{PAGE}.xlsx?table={table}").get_data().startswith(b"PK")
    assert client.get(f"{PAGE}.csv?table=hours").status_code == 404


def read(client: FlaskClient, path: str) -> list[list[str]]:
    """A CSV of the console."""
    return list(csv.reader(io.StringIO(client.get(path).get_data().decode("utf-8-sig"))))


def _mailed(town: Town, staff: UUID) -> None:
    """The same figures on Monday, in a letter, with the link."""
    ours = town.merchant.id
    filters = {"group": "funds,lost"}
    view = saved_views.save(merchant=ours, staff=staff, name="Mine", board=Board.RECOVERY, filters=filters)
    saved_views.mail_weekly(merchant=ours, staff=staff, view=view, wanted=True)
    letter = build(Envelope({"view": str(view)}, "sam@example.com", "Sam", town.facts))
    assert letter is not None and letter.button is not None
    rows = dict(letter.rows)
    assert rows["Failed"] == "$279.00 · 5 payments"
    assert rows["Recovered"] == "$139.00 · 2 payments · 49.8%"
    assert rows["Why: Not enough money"] == "$159.00 · 3 payments"
    assert letter.button.url.endswith("/merchant/harbor/recovery?group=funds%2Clost")
    assert str(sum(cents(rows[f"Why: {why}"]) for why in ("Not enough money", "Card reported lost"))) == "27900"
    saved_views.delete(merchant=ours, staff=staff, view=view)
    assert build(Envelope({"view": str(view)}, "sam@example.com", "Sam", town.facts)) is None


def test_nobody_else_sees_it_and_an_empty_one_says_what_will_stand_there(server: Flask, town: Town) -> None:
    for person in (None, factory.staff(of=factory.merchant("third")), factory.staff(operator=True)):
        client = signed_in(server, person)
        for path in (PAGE, f"{PAGE}/list", f"{PAGE}.csv", f"{PAGE}.xlsx?table=days"):
            assert client.get(path).status_code in (303, 403, 404), path
        assert drawn(client, PAGE).status_code in (401, 403)
    client = signed_in(server, factory.staff(of=town.merchant))
    assert "No automatic payment failed in these days" in page(client, PAGE).text
    assert '"Graph"' not in drawn(client, PAGE).text, "no chart, so no plotly is loaded"
    for asked in ("declines", "recovered", "given_up", "nonsense"):
        assert page(client, f"{PAGE}/list?what={asked}").status == 200, asked


def test_a_cell_is_darker_the_more_stands_in_it() -> None:
    most = Share(10, Money(1000, "USD"))
    cells = [Share(count, Money(minor, "USD")) for count, minor in ((0, 0), (1, 1), (4, 200), (5, 201), (10, 1000))]
    assert [shade(cell, most, By.AMOUNT) for cell in cells] == [0, 1, 1, 2, 5]
    assert [shade(cell, most, By.COUNT) for cell in cells] == [0, 1, 2, 3, 5]
    assert [rate_shade(rate) for rate in (None, Decimal(0), Decimal("19.9"), Decimal(20), Decimal(100))] == [
        0,
        1,
        1,
        2,
        5,
    ]
