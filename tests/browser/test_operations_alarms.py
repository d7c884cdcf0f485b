"""An operator reads what is wrong, opens the runbook at its section, looks after one alarm, silences another, ends the
silence, and sets another limit. Every page is read by axe and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from domain.operations.alarms import silence
from domain.operations.alarms.judge import judge
from domain.operations.alarms.limits import set_limits
from kit.clock import Stopped
from models.operations import Alarm, OperatorAct
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import alex
from tests.operations import broken

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_an_operator_looks_after_what_is_wrong(
    window: Callable[..., Visit],
    origin: str,
    clock: Stopped,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    theme: str,
) -> None:
    house = broken.house(clock.at)
    with broken.seen_by(monkeypatch, house):
        for rule in ("retries_late", "review", "difference_open", "workers_missing"):
            broken.BREAKS[rule](house)
        judge(clock.at)
        mended = broken.BREAKS["mail_late"](house)
        for _look in range(3):
            judge(clock.advance(timedelta(seconds=15)) or clock.at)
            mended()
    visit, name = window(width, theme), f"operations-alarms-{width}-{theme}"
    page = visit.staff_in(house.operator)

    visit.go("/operations/alarms")
    late = page.get_by_role("article").filter(has_text="The retry wave is late")
    expect(late).to_contain_text("1 customer is touched. Nothing is lost")
    page.locator("details.how > summary").click()
    visit.check(f"{name}-page")

    late.get_by_role("link", name="Acknowledge").click()
    page.get_by_label("What you do about it").fill("I start a second worker")
    page.get_by_role("button", name="Acknowledge").click()
    expect(late).to_contain_text("looks after it")
    expect(late.get_by_role("link", name="Acknowledge")).to_have_count(0)
    assert Alarm.get(Alarm.rule == "retries_late").note == "I start a second worker"

    books = page.get_by_role("article").filter(has_text="Our books and the processor of")
    books.get_by_role("link", name="Silence").click()
    page.get_by_label("What", exact=True).select_option("")
    page.get_by_label("Why").fill("The month is being closed")
    visit.check(f"{name}-silence")
    page.get_by_role("button", name="Silence it").click()
    expect(books).to_contain_text("silenced until")
    assert [line.subject for line in silence.standing(clock.at)] == [""]
    page.get_by_role("link", name="End it").click()
    page.get_by_label("Why").fill("It is closed")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("It is told again.")).to_be_visible()
    assert silence.standing(clock.at) == []

    page.locator("details.how > summary").click()
    page.get_by_role("link", name="Another limit for mail_late").click()
    page.get_by_label("Limit in seconds").fill("1800")
    page.get_by_label("Why").fill("The relay is slow on purpose")
    page.get_by_role("button", name="Set the limit").click()
    expect(page.get_by_text("The limit counts from the next look on.")).to_be_visible()
    assert set_limits() == {("mail_late", ""): 1800}
    assert OperatorAct.select().count() == 4

    late.get_by_role("link", name="What to do").click()
    expect(page.locator("#retries_late")).to_be_in_viewport()
    visit.check(f"{name}-runbook")
    assert visit.said == []


def test_others_read_neither_alarms_nor_the_runbook(window: Callable[..., Visit], clock: Stopped) -> None:
    merchant = alex(clock).merchant
    visit = window(1440, "light")
    visit.staff_in(factory.staff(of=merchant))
    for path in ("/operations/alarms", "/operations/runbook"):
        visit.go(path)
        expect(visit.page.get_by_role("heading", name="The retry wave is late")).to_have_count(0)
    visit.said.clear()
