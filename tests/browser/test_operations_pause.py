"""An operator pauses a queue and lets it go on, suspends a merchant's automatic payments, drains before a restart.

Every page is read by axe and kept as a picture.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from domain.operations import stops
from kit.clock import Stopped
from models.merchants import Role
from models.operations import OperatorAct, Stop
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Alex, alex

pytestmark = pytest.mark.browser


@pytest.fixture
def known(clock: Stopped, origin: str) -> Alex:
    return alex(clock)


def _sign(page: Page, button: str, reason: str) -> None:
    """An act without a reason is refused; with one it is done, and done once though its form is sent twice."""
    page.get_by_label("Why").evaluate("field => field.removeAttribute('required')")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_label("Why").fill(reason)
    page.locator("main form").evaluate(
        "form => fetch(location, {method: 'POST', body: new URLSearchParams(new FormData(form))})"
    )
    page.get_by_role("button", name=button).click()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_what_an_operator_stops_says_so_and_goes_on(
    window: Callable[..., Visit], known: Alex, clock: Stopped, width: int, theme: str
) -> None:
    visit, name = window(width, theme), f"operations-stops-{width}-{theme}"
    page = visit.staff_in(factory.staff(operator=True))

    visit.go("/operations/stops")
    visit.check(f"{name}-none")
    page.get_by_role("link", name="Pause : charges").click()
    expect(page.get_by_text("no customer waits longer for a known answer")).to_be_visible()
    _sign(page, "Pause it", "The new release charges wrong amounts")
    assert "422" in visit.said.pop()  # the browser tells of a form that was refused
    expect(page.get_by_text("The queue charges is paused.")).to_be_visible()
    assert (Stop.select().count(), OperatorAct.select().count()) == (1, 1)

    page.get_by_label("Suspend those of").select_option(known.merchant.slug)
    page.get_by_role("button", name="See what would wait").click()
    visit.check(f"{name}-suspend")
    _sign(page, "Suspend them", "Their price list is being mended")
    assert "422" in visit.said.pop()
    expect(page.get_by_text("are suspended.")).to_be_visible()
    visit.check(f"{name}-some")
    theirs = window(width, theme)
    theirs.staff_in(factory.staff(of=known.merchant, role=Role.OWNER))
    theirs.go(f"/merchant/{known.merchant.slug}")
    expect(theirs.page.get_by_text("Automatic payments wait")).to_be_visible()
    theirs.check(f"{name}-today")

    page.get_by_role("link", name="Let it go on : charges").click()
    page.get_by_label("Why").fill("Rolled back")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("It goes on.")).to_be_visible()
    assert [line.name for line in stops.active(clock())] == [str(known.merchant.id)]

    page.get_by_role("link", name="Drain before a restart").click()
    visit.check(f"{name}-drain")
    _sign(page, "Stop all queues", "Release 1.2")
    assert "422" in visit.said.pop()
    expect(page.get_by_role("heading", name="Not yet")).to_be_visible()
    expect(page.get_by_text("The queue does not answer")).to_be_visible()
    visit.check(f"{name}-drained")
    page.get_by_role("link", name="Let all queues go on").click()
    page.get_by_label("Why").fill("Done")
    page.get_by_role("button", name="Let them go on").click()
    expect(page.get_by_text("It goes on.")).to_be_visible()


def test_what_is_not_there_is_not_there(window: Callable[..., Visit], known: Alex) -> None:
    visit = window(scripts=False)
    page = visit.staff_in(factory.staff(operator=True))
    for address in ("queues/nothing/pause", "merchants/nobody/suspend"):
        answer = page.goto(f"{visit.origin}/operations/{address}")
        assert answer is not None and answer.status == 404
    page.goto(f"{visit.origin}/operations/workers/mail@host%2312/stop")
    expect(page.get_by_text("The queue does not answer, so no worker can be seen.")).to_be_visible()
