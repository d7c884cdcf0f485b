"""A payment page that is reloaded, opened again in a second tab, left and resumed: never charged twice, always true."""

from __future__ import annotations

import re
from datetime import timedelta

from domain.accounts import sessions
from kit.clock import Stopped
from models.base import unit_of_work
from models.customers import Session
from models.orders import Order
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person, value_of
from tests.pages.customer.test_paying import pay_page, press


def _without_token(page: str) -> str:
    """The page but for its form token, which holds the second in which it was made."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def test_reloading_either_page_charges_nothing_more(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    before = owner.page(path)
    assert _without_token(owner.page(path)) == _without_token(before), (
        "a reload before the press shows the same selection and the same press"
    )
    to = press(owner, path, order=str(due.id), method=str(card.id))
    first = owner.get(to).text
    assert owner.get(to).status_code == 200 and "Payment received" in owner.get(to).text and "Payment received" in first
    assert len(sandbox.charges()) == 1


def test_the_same_pay_page_in_a_second_tab_tells_that_it_is_paid(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    stale = owner.page(path)
    to = press(owner, path, order=str(due.id), method=str(card.id))
    form = {"seen": value_of(stale, "seen"), "press": value_of(stale, "press"), "order": str(due.id)}
    again = owner.post(path, method=str(card.id), **form)
    assert again.headers["Location"] == to, "the stale tab, or Back and the button, lands on the payment that was made"
    reopened = owner.page(path)
    assert f'value="{due.id}"' not in reopened, "what is paid is not offered once more"
    assert len(sandbox.charges()) == 1


def test_left_and_resumed_within_a_day_it_is_the_same_selection(
    owner: Person, clock: Stopped, sandbox: InProcess
) -> None:
    due, other = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    card = factory.method(owner.customer)
    path = pay_page(owner, order=str(due.id))
    clock.advance(timedelta(hours=5))
    assert owner.get(path).status_code == 303, "the session has gone meanwhile"
    _sign_in_again(owner)
    html = owner.page(path)
    assert f'value="{due.id}" checked' in html and f'value="{other.id}" checked' not in html
    assert sandbox.charges() == []
    press(owner, path, order=str(due.id), method=str(card.id))
    assert Order.get_by_id(due.id).open == 0 and Order.get_by_id(other.id).open == 1105


def test_a_session_that_ends_at_the_press_comes_back_to_the_selection(owner: Person, sandbox: InProcess) -> None:
    due, other = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    card = factory.method(owner.customer)
    path = pay_page(owner, order=str(due.id))
    html = owner.page(path)
    form = {"seen": value_of(html, "seen"), "press": value_of(html, "press"), "csrf_token": owner.csrf()}
    Session.delete().execute()
    sent = {**form, "order": str(due.id), "method": str(card.id)}
    refused = owner.client.post(path, data=sent, headers={"Referer": f"http://localhost{path}"})
    assert refused.status_code == 303 and refused.headers["Location"] == f"/p/harbor/sign-in?next={path}"
    assert sandbox.charges() == [], "nothing was asked of the bank"
    _sign_in_by_form(owner, path)
    again = owner.page(path)
    assert f'value="{due.id}" checked' in again and f'value="{other.id}" checked' not in again
    assert "Payment received" in owner.get(press(owner, path, order=str(due.id), method=str(card.id))).text
    assert len(sandbox.charges()) == 1


def _sign_in_by_form(person: Person, back: str) -> None:
    html = person.client.get(f"/p/harbor/sign-in?next={back}").text
    fields = {"csrf_token": value_of(html, "csrf_token"), "next": value_of(html, "next")}
    answer = person.client.post(
        "/p/harbor/sign-in", data={**fields, "email": person.customer.email, "password": factory.PASSWORD}
    )
    assert answer.status_code == 303, "signed in"
    checked = person.client.get(answer.headers["Location"])
    assert checked.headers["Location"] == back, "straight back to what was being paid"


def _sign_in_again(person: Person) -> None:
    with unit_of_work():
        token = sessions.open_session(account=person.account.id, customer=person.customer.id)
    names = [cookie.key for cookie in person.client._cookies.values() if cookie.value == person.token]
    person.client.set_cookie(names[0], token)
