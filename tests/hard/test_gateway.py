"""The gateway is down, dribbles, or hangs; the web server dies in the middle of a press."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.work.drain import Drained
from models.payments import Attempt, AttemptState, Receipt
from models.work import Mail
from tests import factory
from tests.hard.conftest import nothing_open
from tests.hard.house import PATIENCE, House, children
from tests.hard.person import Person
from tests.sandbox.running import until

pytestmark = pytest.mark.slow
Later = Callable[..., Drained]
CONFIRM = {"path": "/v1/payment_intents/", "ends": "/confirm"}


@pytest.fixture(scope="module")
def web(bare_house: House) -> int:
    """The web server's process id: one worker of four threads, of which two may wait for the gateway. No Redis."""
    return bare_house.start_web().pid


@pytest.fixture
def alex(house: House, web: int) -> Person:
    """Signed in, with an order to pay."""
    person = Person(house.origin, factory.merchant())
    person.sign_in()
    return person


@pytest.mark.parametrize("trouble", ["refuses", "answers 503"])
def test_a_gateway_that_is_down_takes_nothing_and_the_order_stays_payable(
    alex: Person, house: House, trouble: str
) -> None:
    if trouble == "refuses":
        house.gateway.refuse()
    else:
        house.sandbox.control(fault={"mode": "down"})
    shown = alex.pay()
    assert "/payments/" in shown.url and "Your payment was not made" in shown.text
    assert "Nothing was taken." in shown.text and "Try again" in shown.text
    house.gateway.lead_on()
    house.sandbox.control(clear=True)
    assert alex.left() == 8900 and alex.charges(house.sandbox) == []
    again = alex.submit(shown.url.removeprefix(alex.origin) + "/again")
    assert "Pay $89.00" in alex.page(again.url), "the selection is kept"
    assert "Payment received" in alex.press(again.url).text
    assert alex.charges(house.sandbox) == [8900]


def test_a_press_does_not_wait_for_an_answer_that_dribbles(alex: Person, house: House, later: Later) -> None:
    house.sandbox.control(fault={"mode": "dribble", "times": 1, **CONFIRM})
    shown = alex.pay()  # its own time-out is the bound: one byte a second would take minutes
    assert "Checking with your bank" in shown.text and "You will not be charged twice." in shown.text
    assert alex.left() == 8900 and alex.charges(house.sandbox) == [8900], "charged, and we do not know it yet"
    assert "Checking with your bank" in alex.pay_again_in_another_tab()
    later(timedelta(seconds=4))
    assert nothing_open() and alex.left() == 0
    assert "Payment received" in alex.see(shown.url).text
    assert alex.charges(house.sandbox) == [8900]


def test_two_tabs_and_a_double_click_at_once_are_one_charge(alex: Person, house: House) -> None:
    first, second = alex.choose(), alex.another_tab().choose()
    tabs = [(alex.another_tab(), page) for page in (first, first, second, second)]
    house.sandbox.control(latency_ms=1500)
    with ThreadPoolExecutor(4) as pool:
        shown = [press.result() for press in [pool.submit(tab.press, page) for tab, page in tabs]]
    assert len({page.url for page in shown}) == 1 and "/payments/" in shown[0].url, "every press leads to the payment"
    assert nothing_open() and alex.left() == 0
    assert alex.charges(house.sandbox) == [8900] and len(alex.payments()) == 1


def test_eight_people_pay_while_the_gateway_hangs_and_others_are_served(house: House, web: int, later: Later) -> None:
    shop = factory.merchant()
    eight, other = [Person(house.origin, shop) for _ in range(8)], Person(house.origin, shop)
    pages = []
    for person in eight:
        person.sign_in()
        pages.append(person.choose())
    house.sandbox.control(fault={"mode": "timeout_after", **CONFIRM})
    with ThreadPoolExecutor(8) as pool:
        presses = [pool.submit(person.press, page) for person, page in zip(eight, pages, strict=True)]
        until(lambda: sum(bool(person.charges(house.sandbox)) for person in eight) == 2)
        other.sign_in()
        assert "$89.00" in other.page(other.base)
        assert sum(not press.done() for press in presses) == 2, "two wait for the gateway, nobody for them"
        headings = [_heading(press.result().text) for press in presses]
    assert sorted(headings) == ["Asking your bank…"] * 6 + ["Checking with your bank"] * 2
    house.sandbox.control(clear=True)
    later(timedelta(seconds=4))
    assert nothing_open()
    for person in eight:
        assert person.charges(house.sandbox) == [8900] and person.left() == 0
        assert Receipt.select().where(Receipt.payment.in_(person.payments())).count() == 1


def _heading(text: str) -> str:
    return next(title for title in ("Asking your bank…", "Checking with your bank") if title in text)


def test_a_worker_killed_after_the_charge_loses_nothing(alex: Person, house: House, web: int, later: Later) -> None:
    house.mail.lead_on()
    house.sandbox.control(fault={"mode": "timeout_after", "times": 1, **CONFIRM})
    _press_and_kill(alex, house, web, when=lambda: alex.charges(house.sandbox) == [8900])
    assert Attempt.get(Attempt.payment == _payment(alex)).state == AttemptState.SENDING
    assert "Asking your bank…" in alex.see(f"/payments/{_payment(alex)}").text, "signed in still, and told the truth"
    for _ in range(2):
        later(timedelta(seconds=61))  # the dead worker's lease is over
    assert nothing_open() and alex.left() == 0
    assert alex.charges(house.sandbox) == [8900]
    assert "Payment received" in alex.see(f"/payments/{_payment(alex)}").text
    assert Mail.select().where(Mail.to_address == alex.customer.email).count() == 1
    assert len([mail for mail in house.mails() if mail.to == alex.customer.email]) == 1


def test_a_worker_killed_before_the_charge_took_nothing(alex: Person, house: House, web: int, later: Later) -> None:
    house.sandbox.control(fault={"mode": "hang", "path": "/v1/payment_intents", "times": 1})
    _press_and_kill(alex, house, web, when=lambda: not house.sandbox.get_json("/sandbox/state.json")["faults"])
    later(timedelta(seconds=61))
    assert nothing_open() and alex.left() == 8900 and alex.charges(house.sandbox) == []
    assert "Your payment was not made" in alex.see(f"/payments/{_payment(alex)}").text
    alex.see()
    assert "Payment received" in alex.pay().text
    assert alex.charges(house.sandbox) == [8900]


def _payment(person: Person) -> str:
    return str(person.payments()[-1])


def _press_and_kill(alex: Person, house: House, web: int, *, when: Callable[[], bool]) -> None:
    """Presses, and kills the worker that asks the gateway, as the kernel does when memory runs out."""
    page, (worker,) = alex.choose(), children(web)
    with ThreadPoolExecutor(1) as pool:
        press = pool.submit(alex.press, page)
        until(when)
        os.kill(worker, signal.SIGKILL)
        assert isinstance(press.exception(), OSError), "the answer is lost"
    until(lambda: children(web) not in ([], [worker]), PATIENCE)
    house.wait_for_web()
