"""Ways around the doors of the console that somebody tried, and that stay shut."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard import qr
from dashboard.door import door_of
from domain.accounts.sign_in import MustWait
from domain.accounts.staff import sign_in_staff
from domain.accounts.staff_code import WrongCode
from domain.accounts.staff_prove import prove_staff
from kit.clock import utc_now
from kit.crypto import encrypt
from kit.csv_text import csv_text
from kit.ids import uuid7
from models.base import unit_of_work
from models.console import Note
from models.merchants import Staff
from models.work import Event
from tests import factory
from tests.console.test_team import viewer_of, visitor
from tests.served import portal


@pytest.fixture
def harbor(sqlite_store, clock):
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def owner(harbor):
    return factory.staff(of=harbor)


def test_signing_in_between_does_not_set_guesses_at_the_code_back(owner, clock):
    """Whoever has a session and the password, from ever new addresses, still waits after five codes."""
    with unit_of_work():
        Staff.update(totp_secret=encrypt("JBSWY3DPEHPK3PXP"), totp_since=utc_now()).where(
            Staff.id == owner.id
        ).execute()
    me, answers = viewer_of(owner), []
    for n in range(7):
        sign_in_staff(email=owner.email, password=factory.PASSWORD, address=f"198.51.100.{n}")
        try:
            prove_staff(viewer=me, password=factory.PASSWORD, code="00000x", address=f"203.0.113.{n}")
        except (WrongCode, MustWait) as refused:
            answers.append(type(refused))
    assert answers == [WrongCode] * 5 + [MustWait] * 2
    clock.advance(timedelta(seconds=31))
    with pytest.raises(WrongCode):
        prove_staff(viewer=me, password=factory.PASSWORD, code="00000x", address="192.0.2.1")


@pytest.mark.parametrize("page", ["/merchant/harbor/failed?" + "code=1&" * 60, "http://["])
def test_an_address_that_is_none_is_no_failure_of_ours(owner, page):
    """Else anybody fills the log with traces, signed in or not."""
    client = visitor(portal(), owner).client
    if page.startswith("/"):
        assert client.get(page).status_code == 200
    assert client.get("/_dash-layout", headers={"X-Settle-Page": page}).status_code < 500
    told = {"Referer": page, "Origin": "null"}
    assert client.post("/merchant/harbor/settings/you/password", headers=told).status_code < 500


def test_a_picture_of_the_last_preview_that_is_none_is_no_failure_of_ours(owner):
    visit = visitor(portal(), owner)
    at = "/merchant/harbor/settings/design"
    assert visit.submit(at, act="preview", drawn="२", brand="#123456").status_code in (200, 422)


def test_a_nul_in_a_form_is_refused_before_postgresql_does_it_with_a_trace(owner):
    visit = visitor(portal(), owner)
    answer = visit.submit("/merchant/harbor/settings/you", to="/merchant/harbor/settings/you/name", name="Ro\x00bin")
    assert answer.status_code == 400 and Staff.get_by_id(owner.id).name == owner.name


def test_the_secret_of_a_second_factor_is_kept_by_no_process(owner):
    """A merchant's address may be: it is drawn each time the first page is opened."""
    visit, before = visitor(portal(), owner), qr.of_portal.cache_info().currsize
    assert "<svg" in visit.get("/merchant/harbor/settings/you/second-factor").text
    assert qr.of_portal.cache_info().currsize == before and not hasattr(qr.drawn, "cache_info")


def test_why_a_credit_was_given_can_be_erased_and_the_trail_can_not(owner, harbor):
    alex = factory.customer(harbor)
    at = f"/merchant/harbor/customers/{alex.id}/credit"
    visitor(portal(), owner).submit(at, handle=str(uuid7()), amount="5.00", note="Her flat flooded")
    assert Note.get(Note.customer == alex).text == "Her flat flooded"
    told = Event.get(Event.kind == "customer.credited")
    assert "flooded" not in told.facts and '"amount": 500' in told.facts


def test_the_log_of_the_proxy_has_no_link_that_lets_somebody_in(sqlite_store):
    """Nor a search: $request and $args are not in it."""
    conf = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text()
    logged = re.search(r"log_format portal '(.*)';", conf)[1]
    assert set(re.findall(r"[$]\w+", logged)) == {
        "$remote_addr", "$time_iso8601", "$request_method", "$told", "$status", "$body_bytes_sent", "$request_time",
        "$request_id",
    }  # fmt: skip
    hides = re.compile(re.search(r'"~(.*?)" "[$]before/-"', conf)[1].replace("(?<", "(?P<"))
    server = portal()
    doors = {rule.rule: door_of(server.view_functions[rule.endpoint]) for rule in server.url_map.iter_rules()}
    secret = [rule for rule, door in doors.items() if door and door.token_in_address]
    assert len(secret) > 10 and [rule for rule in secret if not hides.match(rule)] == []


def test_a_name_runs_in_no_spreadsheet_that_parts_cells_by_semicolons():
    """As Spanish ones do with our commas too: what a customer is called would begin a cell of its own."""
    line = next(iter(list(csv_text([["Alex;=HYPERLINK(1);x", "a; b", "-5.00"]]))[1:]))
    assert line == "Alex;'=HYPERLINK(1);x,a; b,-5.00\r\n"
