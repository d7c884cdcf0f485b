"""The page of adoption: the same figures as the raw rows, each merchant's own, and the assumption that one may set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import routes
from dashboard.figures import adoption_funnel, adoption_weeks
from domain.accounts.viewer import Role
from domain.merchants.facts import facts_of
from domain.merchants.policy import policy_of
from domain.reports.adoption_board import Board, Week, board
from domain.reports.adoption_steps import Step
from kit.clock import Stopped
from models.merchants import Merchant
from models.payments import Origin, Payment, PaymentState
from models.reports import PaidRollup
from models.work import Event
from tests import factory
from tests.adoption.test_counting import counted, live
from tests.pages.console import drawn, signed_in
from tests.refunds.conftest import one_store
from tests.served import portal
from tests.web.conftest import token_in

pytestmark = pytest.mark.usefixtures("store", "clock")
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def server(store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


def _paid(house: Merchant, day: date, channel: str, count: int) -> None:
    PaidRollup.create(merchant=house, day=day, currency="USD", channel=channel, count=count, minor=count * 100)


def _seen(house: Merchant, months: int = 3) -> Board:
    return board(facts_of(house), NOW, months=months)


def test_the_board_adds_up_to_the_customers(clock: Stopped) -> None:
    house = factory.merchant("harbor")
    live(clock, house)
    counted(house)
    _paid(house, date(2026, 11, 20), "portal", 6)
    _paid(house, date(2026, 10, 25), "fix_it", 2)
    _paid(house, date(2026, 10, 24), "fix_it", 50)  # the 30 days before
    _paid(house, date(2026, 11, 1), "automatic", 8)
    _paid(house, date(2026, 11, 1), "import", 500)
    found = _seen(house)
    assert (found.customers, found.untold) == (12, 1)
    assert found.now.reached == (9, 8, 6, 5, 4, 3, 2), "three months: told in September and October"
    assert found.now.told + found.themselves.told + found.untold == found.customers
    assert found.themselves.reached == (2, 2, 2, 2, 2, 0, 0) and found.before.told == 0
    assert [(month, funnel.told) for month, funnel in found.by_month] == [(date(2026, 10, 1), 1), (date(2026, 9, 1), 8)]
    assert [(name, funnel.told, funnel.at(Step.PAID)) for name, funnel in found.campaigns] == [
        ("invite", 8, 1),
        ("payment_failed", 1, 1),
    ]
    assert [(name, funnel.at(Step.OPENED)) for name, funnel in found.sources] == [
        ("mail", 6),
        ("store", 1),
        ("form", 0),
        ("direct", 1),
    ]
    own = Payment.select().where(
        (Payment.merchant == house)
        & (Payment.state == PaymentState.SUCCEEDED)
        & Payment.origin.in_([Origin.PORTAL, Origin.FIX_IT])
    )
    assert found.now.at(Step.PAID) + found.themselves.at(Step.PAID) == len({row.customer_id for row in own})
    assert (found.own.own, found.own.all, found.own_before.own, found.saved) == (8, 16, 50, 64)
    weeks = {week.monday: (week.active, week.paid) for week in found.weeks if week.active}
    assert weeks == {date(2026, 10, 19): (2, 0), date(2026, 11, 9): (2, 2)}
    for funnel in (found.now, found.themselves, *(funnel for _month, funnel in found.by_month)):
        assert list(funnel.reached) == sorted(funnel.reached, reverse=True), "steps never grow"


@one_store
def test_the_period_before_is_as_long(clock: Stopped) -> None:
    house = factory.merchant("harbor")
    live(clock, house)
    counted(house)
    later = board(facts_of(house), datetime(2027, 1, 5, tzinfo=UTC), months=3)
    assert (later.since, later.now.told, later.before.told) == (date(2026, 11, 1), 0, 9)


def _words(client: FlaskClient, page: str) -> str:
    return json.dumps(drawn(client, page).get_json(), ensure_ascii=False)


@one_store
def test_who_sees_it_and_who_sets_the_minutes(clock: Stopped, server: Flask) -> None:
    house, other = factory.merchant("harbor"), factory.merchant("other")
    page, form = "/merchant/harbor/adoption", "/merchant/harbor/adoption/minutes"
    person = factory.staff(of=house, role=Role.VIEWER)
    assert "Nobody has been told of the portal yet" in _words(signed_in(server, person), page)
    live(clock, house)
    viewer = signed_in(server, person)
    counted(house)
    counted(other)
    seen = _words(viewer, f"{page}?months=6")
    assert "Of 12 customers" in seen and "Came by themselves" in seen and form not in seen
    answer = viewer.post(form, data={"minutes": "5", "csrf_token": token_in(viewer.get(page).text)})
    assert answer.status_code == 403 and policy_of(house.id).minutes_a_call == 8
    manager = factory.staff(of=house, role=Role.MANAGER)
    boss = signed_in(server, manager)
    for typed, kept in (("x", 8), ("0", 8), ("500", 8), ("5", 5)):
        data = {"minutes": typed, "csrf_token": token_in(boss.get(page).text)}
        assert boss.post(form, data=data).status_code == 303
        assert policy_of(house.id).minutes_a_call == kept
    assert Event.get(Event.kind == "policy.changed").actor_id == str(manager.id)
    stranger = signed_in(server, factory.staff(of=other))
    assert "Nobody has been told" in _words(stranger, "/merchant/other/adoption"), "each merchant's own"
    assert "Of 12" not in _words(stranger, page)


@one_store
def test_the_charts_with_nothing_one_and_very_much(store: str) -> None:
    for count in (0, 1, 9_999_999):
        drawn_funnel = adoption_funnel.figure([adoption_funnel.Bar("Told", count, str(count))], across="Customers")
        assert drawn_funnel["data"][0]["x"] == [count] and drawn_funnel["layout"]["xaxis"]["range"][1] > count
        weeks = [Week(date(2026, 11, 23), count, count // 2)]
        assert adoption_weeks.figure(weeks)["data"][1]["y"] == [count or None]
