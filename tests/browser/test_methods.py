"""A customer in Chromium brings a new card: the default, what goes over to it, its name, and the old one's removal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.methods import BillingSchedule, MethodState, PaymentMethod
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Member, member
from tests.methods.conftest import membership

pytestmark = pytest.mark.browser


def _with_a_card_and_a_bank_account() -> Member:
    """Two schedules on a Visa, the default, and one on a bank account."""
    person = member()
    visa = factory.method(person.customer)
    bank = factory.method(person.customer, "pm_usBankAccount_success")
    for title, on in (("Monthly membership", visa), ("Towel service", visa), ("Locker", bank)):
        membership(person.customer, on, title)
    return person


def _add_card(page: Page, number: str) -> None:
    page.get_by_role("main").get_by_role("button", name="Add card").click()
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Save card").click()


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_a_new_card_takes_over_and_the_old_one_goes(window: Callable[..., Visit], width: int, theme: str) -> None:
    person = _with_a_card_and_a_bank_account()
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.let_in(person)
    visit.go("/p/harbor/methods")
    _add_card(page, "5555 5555 5555 4444")
    page.get_by_role("button", name="Leave everything as it is").click()
    expect(page.get_by_text("Nothing was moved")).to_be_visible()
    visit.check(f"methods-{name}")
    page.get_by_role("button", name="Make default : Mastercard ending 4444").click()
    expect(page.get_by_text("Mastercard ending 4444 is your default now.")).to_be_visible()
    _takes_over(visit, name)
    _is_named(visit, name)
    _is_removed(visit, name)
    left = PaymentMethod.get(PaymentMethod.last4 == "4242")
    on = {row.title: row.method.last4 for row in BillingSchedule.select()}
    assert on == {"Monthly membership": "4444", "Towel service": "4444", "Locker": "6789"}
    assert left.state == MethodState.DETACHED


def _takes_over(visit: Visit, name: str) -> None:
    """What is ticked goes over; the bank account's schedule is named as unchanged, with the reason."""
    page = visit.page
    for title in ("Monthly membership", "Towel service"):
        expect(page.get_by_role("checkbox", name=title)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Locker")).to_have_count(0)
    unchanged = page.get_by_role("region", name="Unchanged")
    expect(unchanged).to_contain_text("Locker")
    expect(unchanged).to_contain_text("a card cannot take the place of a bank account")
    visit.check(f"methods-move-{name}")
    page.get_by_role("checkbox", name="Towel service").uncheck()
    page.get_by_role("button", name="Agree and move what is ticked").click()
    expect(page.get_by_text("charged to Mastercard ending 4444 from now on")).to_be_visible()


def _is_named(visit: Visit, name: str) -> None:
    page = visit.page
    page.get_by_role("link", name="Mastercard ending 4444").click()
    page.get_by_label("Your own name for it").fill("Blue card")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("It is called Blue card now.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Blue card")
    visit.check(f"method-{name}")


def _is_removed(visit: Visit, name: str) -> None:
    """What the old card still pays goes over with the press; Back shows that it is gone."""
    page = visit.page
    visit.go("/p/harbor/methods")
    page.get_by_role("link", name="Visa ending 4242").click()
    page.get_by_role("link", name="Remove Visa ending 4242").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove Visa ending 4242?")
    expect(page.get_by_role("listitem").filter(has_text="Towel service")).to_be_visible()
    expect(page.get_by_role("radio", name="Blue card")).to_be_checked()
    visit.check(f"method-remove-{name}")
    page.get_by_role("button", name="Remove Visa ending 4242").click()
    expect(page.get_by_role("link", name="Visa ending 4242")).to_have_count(0)
    visit.check(f"methods-removed-{name}")
    page.go_back()
    expect(page.get_by_text("Visa ending 4242 has been removed.")).to_be_visible()
    expect(page.get_by_role("link", name="Visa ending 4242")).to_have_count(0)


def test_the_only_card_that_a_schedule_needs_stays(window: Callable[..., Visit]) -> None:
    person = member()
    card = factory.method(person.customer)
    membership(person.customer, card)
    visit = window(360, "dark")
    page = visit.let_in(person)
    visit.go(f"/p/harbor/methods/{card.id}")
    page.get_by_role("link", name="Remove Visa ending 4242").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visa ending 4242 cannot be removed now")
    expect(page.get_by_text("is your only payment method, and it is needed: ")).to_contain_text("Monthly membership")
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    visit.check("method-stays-360-dark")
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visa ending 4242")
    assert PaymentMethod.get_by_id(card.id).state == MethodState.USABLE
