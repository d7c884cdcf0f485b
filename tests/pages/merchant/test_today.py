"""Where a merchant's people land: who may see and do what, what it says, what it costs; the digest's form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import routes
from domain.accounts.viewer import Role
from domain.desk.found import found
from domain.desk.terms import Found, Kind
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import LinkToken
from models.merchants import Membership, Staff
from models.payments import Recovery
from models.work import Mail, MailState
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.conftest import Town, live
from tests.served import portal
from tests.web.conftest import token_in

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/merchant/harbor"


@pytest.fixture
def server(sqlite_store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


def shown(client: FlaskClient, page: str = PAGE) -> str:
    """The page's text, markup and all."""
    answer = drawn(client, page)
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False).replace('\\"', '"')


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """A native form sent."""
    token = token_in(client.get(PAGE).text)
    return client.post(f"{PAGE}{path}", data={"csrf_token": token, **form})


def row(town: Town, name: str) -> Found:
    return next(each for each in found(town.merchant.id, utc_now()) if each.name == name)


def at(found_row: Found, move: str) -> str:
    return f"/today/{found_row.kind.value}/{found_row.subject}/{move}"


def test_the_list_the_acts_and_who_may(server: Flask, town: Town) -> None:
    live(town)
    sam, kim = factory.staff(of=town.merchant, role=Role.MANAGER), factory.staff(of=town.merchant)
    looks = signed_in(server, factory.staff(of=town.merchant, role=Role.VIEWER))
    mine, hers = signed_in(server, sam), signed_in(server, kim)
    page = shown(mine)
    for words in ("3 people, €20.00, $110.00", "Flo Lost", "lost_card", "Ask 3 customers for a new card", "Take it"):
        assert words in page, words
    for words in ("Stranger Sam", "$777.00", "Ana Retry", "Ed Next"):
        assert words not in page, words
    seen = shown(looks)
    assert "Flo Lost" in seen and "Take it" not in seen and "/today/ask" not in seen and "<form" not in seen
    flo = row(town, "Flo Lost")
    moves = (
        ("take", {}),
        ("give-back", {}),
        ("later", {"until": "2026-11-30"}),
        ("done", {}),
        ("act", {"how": "asked"}),
    )
    for move, form in moves:
        assert post(looks, at(flo, move), **form).status_code == 403, move
    assert Mail.select().where(Mail.template == "new_card").count() == 0
    assert post(mine, at(flo, "take")).status_code == 303
    assert "Taken by you" in shown(mine) and f"Taken by {sam.name}" in shown(hers) and "1 taken" in shown(hers)
    post(hers, at(flo, "take"))
    assert f"{sam.name} took this" in shown(hers)
    town.clock.advance(timedelta(seconds=20))
    assert "/today/undo" not in shown(mine)
    post(mine, at(flo, "act"), how="asked")
    assert "1 e-mail leaves in ten seconds." in shown(mine) and "Flo Lost" not in shown(hers)
    assert "/today/undo" not in shown(hers)
    undo = re.search(r'name="at" value="([^"]+)"', shown(mine))
    assert undo
    post(mine, "/today/undo", at=undo.group(1))
    assert Mail.get(Mail.template == "new_card").state == MailState.SUPPRESSED and "Flo Lost" in shown(hers)
    for wrong in ("", "yesterday", "2026-11-23T12:00:00"):
        assert post(mine, "/today/undo", at=wrong).status_code == 400


def test_no_row_of_another_merchant_and_no_move_that_is_none(server: Flask, town: Town) -> None:
    live(town)
    client = signed_in(server, factory.staff(of=town.merchant))
    stranger = Recovery.get(Recovery.amount == 77700)
    post(client, f"/today/new_card/{stranger.id}/act", how="asked")
    assert "not on the list any more" in shown(client)
    assert Mail.select().where(Mail.template == "new_card").count() == 0
    flo = row(town, "Flo Lost")
    assert post(client, at(flo, "dance")).status_code == 404
    assert post(client, f"/today/nothing/{flo.subject}/take").status_code == 404
    post(client, at(flo, "act"), how="written_off")
    assert "cannot be done here" in shown(client)
    for person in (None, factory.staff(of=factory.merchant("third")), factory.staff(operator=True)):
        other = signed_in(server, person)
        assert other.get(PAGE).status_code in (303, 403) and "Flo Lost" not in drawn(other, PAGE).text
        assert other.get(f"{PAGE}/today/ask").status_code in (303, 403)


def test_many_are_asked_after_a_look_at_the_list(server: Flask, town: Town) -> None:
    live(town)
    client = signed_in(server, factory.staff(of=town.merchant))
    page = client.get(f"{PAGE}/today/ask").text
    ids = re.findall(r'name="subject" value="([^"]+)"', page)
    assert len(ids) == 3 and "Ask 3 customers" in page and "left out" not in page
    token = token_in(client.get(PAGE).text)
    answer = client.post(f"{PAGE}/today/ask", data={"csrf_token": token, "subject": [*ids[:2], str(uuid7())]})
    assert answer.status_code == 303 and Mail.select().where(Mail.template == "new_card").count() == 2
    after = shown(client)
    assert "2 e-mails leave in ten seconds." in after and "1 customer was left out" in after
    client.post(f"{PAGE}/today/ask", data={"csrf_token": token, "subject": ids[:2]})
    assert Mail.select().where(Mail.template == "new_card").count() == 2, "the same form again asks nobody twice"
    assert "2 customers were left out" in shown(client)


def test_it_takes_at_most_twelve_queries_with_500_rows(server: Flask, town: Town) -> None:
    live(town)
    model = Recovery.get(Recovery.order == row(town, "Flo Lost").order)
    for n in range(500):
        one = factory.order(model.customer, 1000 + n)
        with unit_of_work():
            Recovery.create(
                merchant=model.merchant_id, customer=model.customer_id, order=one, attempt=model.attempt_id,
                amount=one.open, currency="USD", reason="lost_card", why="method", opened_at=utc_now(),
            )  # fmt: skip
    client = signed_in(server, factory.staff(of=town.merchant))
    with counted() as opening:
        client.get(PAGE)
    with counted() as both:
        page = drawn(client, PAGE).text
    assert len(both) - len(opening) <= 12, both[len(opening) :]
    assert page.count("data-row") == 50 and "Page 1 of 11" in page and "3 people" in page
    assert "Page 11 of 11" in shown(client, f"{PAGE}?page=99")
    for asked in ("0", "-1", "x", "9" * 30, "²"):
        assert "Page 1 of 11" in shown(client, f"{PAGE}?page={asked}")


def test_a_list_without_rows_says_so_and_a_finished_one_too(server: Flask, town: Town) -> None:
    client = signed_in(server, factory.staff(of=town.merchant))
    assert "Nothing waits." in shown(client) and "cannot be said yet" not in shown(client)
    live(town)
    client = signed_in(server, factory.staff(of=town.merchant))
    for name in ("Flo Lost", "Bo Spent", "Eve Euro"):
        post(client, at(row(town, name), "done"), note="spoke")
    assert "You are done" in shown(client)


def test_what_the_customer_saw(server: Flask, town: Town) -> None:
    live(town)
    order = row(town, "Flo Lost").order
    assert order is not None
    with unit_of_work():
        token = factory.fix_it_link(order)
        Mail.update(state=MailState.SENT, sent_at=utc_now()).where(Mail.order_id == str(order)).execute()
    client = signed_in(server, factory.staff(of=town.merchant))
    before = shown(client)
    assert "Mail accepted" in before and "Link opened" not in before
    opened = server.test_client()
    assert opened.get(f"/p/harbor/fix/{token}").status_code == 200
    first = LinkToken.get(LinkToken.subject == str(order)).opened_at
    assert first == utc_now() and "Link opened" in shown(client)
    town.clock.advance(timedelta(minutes=5))
    opened.get(f"/p/harbor/fix/{token}")
    assert LinkToken.get(LinkToken.subject == str(order)).opened_at == first, "the first time stands"


def test_everybody_chooses_the_hour_of_their_own_digest(server: Flask, town: Town) -> None:
    person = factory.staff(of=town.merchant, role=Role.VIEWER)
    client = signed_in(server, person)
    mine = Membership.get(Membership.staff == person)
    assert post(client, "/settings/digest", hour="7").status_code == 303
    assert Membership.get_by_id(mine.id).digest_hour == 7
    assert '<option value="7" selected>' in client.get(f"{PAGE}/settings/digest").text
    for wrong in ("24", "-1", "x", "٣"):
        assert post(client, "/settings/digest", hour=wrong).status_code == 422
    post(client, "/settings/digest", hour="")
    assert Membership.get_by_id(mine.id).digest_hour is None
    assert Membership.select().where(Membership.digest_hour.is_null(False)).count() == 0
    assert Staff.select().count() == 1


def test_the_portals_address_and_the_lists_behind_the_numbers(server: Flask, town: Town) -> None:
    live(town)
    client = signed_in(server, factory.staff(of=town.merchant))
    for kind, begins in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        answer = client.get(f"{PAGE}/portal-address.{kind}")
        assert answer.data.startswith(begins) and "attachment" in answer.headers["Content-Disposition"]
    page = client.get(f"{PAGE}/today/at-risk").text
    assert "Flo Lost" in page and "$70.00" in page and "Ed Next" in page and "Stranger" not in page
    assert "None at this moment" in client.get(f"{PAGE}/today/pending").text
    assert Kind.NEW_CARD in {each.kind for each in found(town.merchant.id, utc_now())}
