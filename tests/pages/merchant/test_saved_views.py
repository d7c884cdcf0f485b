"""Named views: kept, opened, renamed, mailed on Mondays, deleted; each one its person's alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import routes
from domain.accounts.viewer import Role
from domain.reports import saved_views
from domain.reports.saved_views import Board, View, monday_mail
from kit.clock import Stopped
from models.base import unit_of_work
from models.console import SavedView
from models.merchants import Membership, Merchant, Staff
from models.work import Event, Mail
from tests import factory
from tests.pages.console import signed_in
from tests.served import portal

PAGE = "/merchant/harbor/views"
SUNDAY = datetime(2026, 11, 22, 2, 20, tzinfo=UTC)
MONDAY_AT_7 = datetime(2026, 11, 23, 12, tzinfo=UTC)  # in New York


@dataclass
class House:
    """A merchant, somebody who only looks, a colleague, and a browser for each."""

    server: Flask
    merchant: Merchant
    person: Staff
    colleague: Staff

    def browser(self, who: Staff | None = None) -> FlaskClient:
        return signed_in(self.server, who or self.person)

    def post(self, path: str, client: FlaskClient | None = None, **form: str) -> TestResponse:
        client = client or self.browser()
        form["csrf_token"] = csrf(client)
        return client.post(path, data=form)

    def save(self, name: str, query: str = "group=lost&by=count") -> TestResponse:
        return self.post(PAGE, name=name, board="recovery", query=query)

    def views(self, who: Staff | None = None) -> tuple[View, ...]:
        return saved_views.views_of(self.merchant.id, (who or self.person).id)


def csrf(client: FlaskClient) -> str:
    """The token of a page with a form, of that browser's session."""
    return client.get(PAGE).text.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.fixture
def house(sqlite_store: str, clock: Stopped) -> Iterator[House]:
    merchant = factory.merchant("harbor", name="Harbor Yoga")
    people = [factory.staff(of=merchant, role=Role.VIEWER), factory.staff(of=merchant)]
    yield House(portal(), merchant, *people)
    routes.use(None)


def test_a_view_is_kept_opened_renamed_and_deleted_by_its_person(house: House) -> None:
    assert "No view is kept yet" in house.browser().get(PAGE).text
    assert house.save("  Lost   cards ", "group=lost&by=count&evil=1&page=7&what=%00").status_code == 303
    (view,) = house.views()
    assert (view.name, view.board, view.weekly) == ("Lost cards", Board.RECOVERY, False)
    assert 'href="/merchant/harbor/recovery?group=lost&amp;by=count' in house.browser().get(PAGE).text
    assert "evil" not in view.query and "page" not in view.query, "only keys that the dashboard knows"
    assert house.post(f"{PAGE}/{view.id}/rename", name="Lost and stolen").status_code == 303
    assert house.views()[0].name == "Lost and stolen"
    assert "Lost and stolen" in house.browser().get(f"{PAGE}/{view.id}").text
    for _twice in range(2):
        assert house.post(f"{PAGE}/{view.id}/delete").status_code == 303
    assert house.views() == ()
    kinds = [row.kind for row in Event.select().where(Event.subject_id == str(view.id)).order_by(Event.at, Event.id)]
    assert kinds == ["view.saved", "view.renamed", "view.deleted"]
    assert {row.actor_id for row in Event.select().where(Event.subject_id == str(view.id))} == {str(house.person.id)}


@pytest.mark.parametrize(
    ("name", "said"),
    [("  ", "Give the view a name."), ("x" * 81, "80 characters at most"), ("Twin", "of that name already")],
)
def test_a_name_that_does_not_do_is_said_at_its_field(house: House, name: str, said: str) -> None:
    house.save("Twin")
    answer = house.save(name)
    assert answer.status_code == 422
    assert said in answer.text and 'aria-invalid="true"' in answer.text and f'value="{name}"' in answer.text
    assert len(house.views()) == 1


def test_nobody_else_opens_or_changes_it(house: House) -> None:
    house.save("Mine")
    view = house.views()[0].id
    stranger = factory.staff(of=factory.merchant("summit"))
    for who in (house.colleague, None):
        client = house.browser(who) if who else signed_in(house.server, stranger)
        assert client.get(f"{PAGE}/{view}").status_code in (303, 403, 404)
        assert "Mine" not in client.get(PAGE).text
    for act in ("rename", "weekly"):
        client = house.browser(house.colleague)
        assert house.post(f"{PAGE}/{view}/{act}", client, name="Yours", wanted="yes").status_code == 404
    house.post(f"{PAGE}/{view}/delete", house.browser(house.colleague))
    assert [(each.name, each.weekly) for each in house.views()] == [("Mine", False)]


def weekly(house: House, name: str = "Mine") -> UUID:
    house.save(name)
    view = next(each.id for each in house.views() if each.name == name)
    assert house.post(f"{PAGE}/{view}/weekly", wanted="yes").status_code == 303
    return view


def test_a_monday_brings_one_mail_to_whoever_still_works_there(house: House) -> None:
    view = weekly(house)
    other = saved_views.save(
        merchant=house.merchant.id, staff=house.colleague.id, name="His", board=Board.FAILED, filters={}
    )
    saved_views.mail_weekly(merchant=house.merchant.id, staff=house.colleague.id, view=other, wanted=True)
    with unit_of_work():
        Membership.delete().where(Membership.staff == house.colleague).execute()
    for _twice in range(2):
        assert saved_views.mail_due(SUNDAY.replace(day=23)) == 1
    (mail,) = Mail.select().where(Mail.template == "saved_view")
    assert (mail.due_at, mail.to_address) == (MONDAY_AT_7, house.person.email)
    assert mail.dedup_key == f"saved_view:{view}:2026-W48"
    assert saved_views.mail_due(datetime(2026, 11, 25, 2, 20, tzinfo=UTC)) == 0


def test_a_mail_that_is_not_wanted_any_more_says_nothing(house: House) -> None:
    view = weekly(house)
    assert saved_views.still_wanted(view)
    house.post(f"{PAGE}/{view}/weekly", wanted="no")
    assert saved_views.still_wanted(view) is None
    house.post(f"{PAGE}/{view}/weekly", wanted="yes")
    with unit_of_work():
        Staff.update(disabled_at=MONDAY_AT_7).where(Staff.id == house.person).execute()
    assert saved_views.still_wanted(view) is None
    assert SavedView.select().count() == 1


@pytest.mark.parametrize(
    ("now", "zone", "at"),
    [
        (datetime(2026, 11, 22, 2, 20, tzinfo=UTC), "America/New_York", None),  # Monday is more than a day away
        (datetime(2026, 11, 23, 2, 20, tzinfo=UTC), "America/New_York", MONDAY_AT_7),
        (datetime(2026, 11, 22, 2, 20, tzinfo=UTC), "Pacific/Auckland", datetime(2026, 11, 22, 18, tzinfo=UTC)),
        (
            datetime(2026, 11, 23, 2, 20, tzinfo=UTC),
            "Pacific/Auckland",
            datetime(2026, 11, 22, 18, tzinfo=UTC),
        ),  # made up
        (datetime(2026, 11, 23, 2, 20, tzinfo=UTC), "Asia/Kathmandu", datetime(2026, 11, 23, 1, 15, tzinfo=UTC)),
        (datetime(2026, 11, 24, 2, 20, tzinfo=UTC), "America/New_York", None),  # yesterday morning's is old news
    ],
)
def test_seven_in_the_morning_is_the_merchants(now: datetime, zone: str, at: datetime | None) -> None:
    assert monday_mail(now, zone) == at
