"""Paying: from *Pay now* to the receipt, and every way in which it may not go through."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

from domain.payments.resolve import look
from domain.payments.web_turn import web_turn
from models.customers import Session
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person, value_of

TODAY = date(2026, 11, 23)


def pay_page(person: Person, **fields: Any) -> str:
    """Presses *Pay now* and returns the pay page's path."""
    answer = person.post("/pay", **fields)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def press(person: Person, path: str, **fields: Any) -> str:
    """Presses the button of the pay page as it stands and returns where that leads."""
    html = person.page(path)
    sent = {"seen": value_of(html, "seen"), "press": value_of(html, "press")} | fields
    answer = person.post(path, **sent)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_pay_now_ticks_what_is_owed_and_pays_it_once(owner: Person, ledger_holds: None) -> None:
    due, later = factory.order(owner.customer, 8900), factory.order(owner.customer, 9550, due=date(2026, 12, 1))
    card = factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    assert f'value="{due.id}" checked' in html and f'value="{later.id}" checked' not in html
    assert "Pay $89.00" in html and "One charge of $89.00 to Visa ending 4242" in html
    to = press(owner, path, order=[str(due.id)], method=str(card.id))
    shown = owner.get(to).text
    assert "Payment received" in shown and "Receipt R-" in shown and "$89.00" in shown
    assert Order.get_by_id(due.id).open == 0 and Order.get_by_id(later.id).open == 9550


def test_a_double_click_is_one_payment(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    form = {
        "seen": value_of(html, "seen"),
        "press": value_of(html, "press"),
        "order": str(due.id),
        "method": str(card.id),
    }
    first, second = owner.post(path, **form), owner.post(path, **form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(sandbox.charges()) == 1


def test_two_tabs_end_in_one_charge(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    one, other = pay_page(owner), pay_page(owner)
    form = {"order": str(due.id), "method": str(card.id)}
    html = owner.page(other)
    press(owner, one, **form)
    answer = owner.post(other, seen=value_of(html, "seen"), press=value_of(html, "press"), **form)
    assert answer.status_code == 303
    said = owner.page(str(answer.headers["Location"]))
    assert "is paid already: " in said and ". Nothing was taken now." in said
    assert len(sandbox.charges()) == 1


def test_a_tick_recomputes_the_exact_amount(owner: Person) -> None:
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    card = factory.method(owner.customer)
    path = pay_page(owner)
    assert "Pay $100.05" in owner.page(path)
    text = owner.tick(path, f"{one.id}|{card.id}").text
    assert "Pay $89.00" in text and 'value=\\"8900\\"' in text
    assert "Choose what to pay" in owner.tick(path, f"|{card.id}").text
    assert "Pay $11.05" in owner.tick(path, f"{two.id}|{card.id}").text


def test_an_amount_that_changed_is_shown_again(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer, 8900), factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    Order.update(total=9900, open=9900).where(Order.id == due.id).execute()
    form = {"seen": value_of(html, "seen"), "press": value_of(html, "press"), "order": str(due.id)}
    answer = owner.post(path, method=str(card.id), **form)
    again = owner.page(str(answer.headers["Location"]))
    assert "The total is now $99.00. Nothing was taken" in again and "Pay $99.00" in again
    assert sandbox.charges() == []


def test_a_decline_says_why_and_leaves_it_payable(owner: Person) -> None:
    due = factory.order(owner.customer)
    bad = factory.method(owner.customer, "pm_card_visa_chargeDeclinedInsufficientFunds")
    path = pay_page(owner)
    to = press(owner, path, order=str(due.id), method=str(bad.id))
    shown = owner.get(to).text
    assert "did not go through" in shown and "not enough money on Visa ending 9995" in shown
    assert "Nothing was taken." in shown and "Use another card" in shown
    fresh = owner.post(f"{to}/again").headers["Location"]
    assert "/pay/" in fresh and f'value="{due.id}" checked' in owner.page(fresh)
    assert Order.get_by_id(due.id).open == 8900


def test_a_gateway_that_is_down_takes_nothing(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    sandbox.control(fault={"mode": "down"})
    to = press(owner, path, order=str(due.id), method=str(card.id))
    shown = owner.get(to).text
    assert "Your payment was not made" in shown and "Nothing was taken." in shown
    answer = owner.post(f"{path}/add", order=str(due.id), kind="card")
    assert "does not answer just now" in owner.page(str(answer.headers["Location"]))
    sandbox.control(clear=True)
    fresh = owner.post(f"{to}/again").headers["Location"]
    assert "Payment received" in owner.get(press(owner, fresh, order=str(due.id), method=str(card.id))).text


def test_an_unknown_outcome_says_that_nobody_is_charged_twice(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    attempt = Attempt.get()
    Attempt.update(state=AttemptState.UNKNOWN, closed_at=None).where(Attempt.id == attempt.id).execute()
    shown = owner.get(to).text
    assert "Checking with your bank" in shown and "You will not be charged twice." in shown
    assert 'http-equiv="refresh" content="2; url=' in shown
    assert 'content="30; url=' in owner.get(f"{to}?n=8").text and "Look again" in owner.get(f"{to}?n=9").text


def test_confirming_at_the_bank(owner: Person, sandbox: InProcess) -> None:
    due = factory.order(owner.customer)
    card = factory.method(owner.customer, "pm_card_authenticationRequired")
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    assert "Confirm at your bank" in owner.get(to).text and "Nothing is taken until you do." in owner.get(to).text
    leaving = owner.post(f"{to}/confirm")
    assert leaving.status_code == 303 and leaving.headers["Location"].startswith("/leaving/")
    away = owner.client.get(leaving.headers["Location"])
    assert "/authenticate/" in away.text and away.headers["Referrer-Policy"] == "no-referrer"
    _bank_says(sandbox, approve=True)
    back = owner.client.get(f"{to}/return?payment_intent=pi_1")
    assert back.headers["Location"] == to
    assert "Payment received" in owner.get(to).text


def _bank_says(sandbox: InProcess, *, approve: bool) -> None:
    attempt = Attempt.get()
    path = f"/authenticate/{attempt.gateway_ref}"
    answer = sandbox.app.test_client().post(path, data={"answer": "approve" if approve else "refuse"})
    assert answer.status_code == 303


def test_refusing_at_the_bank_takes_nothing(owner: Person, sandbox: InProcess) -> None:
    due = factory.order(owner.customer)
    card = factory.method(owner.customer, "pm_card_authenticationRequired")
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    _bank_says(sandbox, approve=False)
    owner.client.get(f"{to}/return")
    assert "did not go through" in owner.get(to).text
    assert Order.get_by_id(due.id).open == 8900


def test_another_card_instead_of_confirming(owner: Person, ledger_holds: None) -> None:
    due = factory.order(owner.customer)
    asking, plain = factory.method(owner.customer, "pm_card_authenticationRequired"), factory.method(owner.customer)
    to = press(owner, pay_page(owner), order=str(due.id), method=str(asking.id))
    fresh = owner.post(f"{to}/again").headers["Location"]
    html = owner.page(fresh)
    assert f'value="{plain.id}" checked' in html, "the other card is ticked"
    assert "Payment received" in owner.get(press(owner, fresh, order=str(due.id), method=str(plain.id))).text
    assert "was not made" in owner.get(to).text


def test_the_return_from_the_bank_needs_no_sign_in_and_tells_a_stranger_nothing(
    owner: Person, sandbox: InProcess
) -> None:
    due = factory.order(owner.customer)
    card = factory.method(owner.customer, "pm_card_authenticationRequired")
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    _bank_says(sandbox, approve=True)
    anybody = owner.client.application.test_client()
    back = anybody.get(f"{to}/return?payment_intent=pi_1&x=secret")
    assert back.status_code == 303 and back.headers["Location"] == f"{to}/confirmed"
    page = anybody.get(f"{to}/confirmed").text
    assert "Sign in to see the result" in page and "89.00" not in page and owner.customer.email not in page
    assert "Payment received" in owner.get(to).text


def test_a_bank_debit_is_pending_with_its_day(owner: Person, sandbox: InProcess, ledger_holds: None) -> None:
    due = factory.order(owner.customer)
    bank = factory.method(owner.customer, "pm_usBankAccount_success")
    path = pay_page(owner)
    assert "you authorise Harbor Yoga to debit that account" in owner.page(path)
    to = press(owner, path, order=str(due.id), method=str(bank.id))
    shown = owner.get(to).text
    assert "on its way" in shown and "final by" in shown
    attempt = Attempt.get()
    assert attempt.mandate_ip == "127.0.0.1" and attempt.mandate_agent
    assert "final by" in owner.page() and "Nothing to pay now" in owner.page()
    held = owner.post("/pay", order=str(due.id)).headers["Location"]
    assert held == owner.base and "nothing to pay" in owner.page().lower()


def test_a_held_order_is_named_and_the_rest_is_payable(owner: Person) -> None:
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    bank, card = factory.method(owner.customer, "pm_usBankAccount_success"), factory.method(owner.customer)
    late = pay_page(owner)  # an old tab that still has both ticked
    html = owner.page(late)
    to = press(owner, pay_page(owner, order=str(one.id)), order=str(one.id), method=str(bank.id))
    form = {"seen": value_of(html, "seen"), "press": value_of(html, "press"), "order": [str(one.id), str(two.id)]}
    answer = owner.post(late, method=str(card.id), **form)
    assert answer.headers["Location"] == to, "the payment that holds it"
    assert "is already under way. Nothing more was taken." in owner.get(to).text
    again = owner.page(late)
    assert "Not part of this payment" in again and one.number in again and "Pay $11.05" in again


def test_add_card_keeps_the_selection(owner: Person, sandbox: InProcess) -> None:
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    path = pay_page(owner)
    assert "Add a card to pay" in owner.page(path)
    leaving = owner.post(f"{path}/add", order=str(two.id), kind="card").headers["Location"]
    hosted = value_in(owner.client.get(leaving).text)
    sandbox.app.test_client().post(hosted, data={"kind": "card", "number": "4242424242424242"})
    back = owner.get(path.replace("/pay/", "/back/"))
    assert back.headers["Location"] == path.replace("/pay/", "/added/")
    assert owner.get(back.headers["Location"]).headers["Location"] == path
    html = owner.page(path)
    assert "Visa ending 4242 was added and is chosen below." in html and "Pay $11.05" in html
    assert f'value="{two.id}" checked' in html and f'value="{one.id}" checked' not in html


def value_in(leaving: str) -> str:
    """The hosted page that a leaving page leads to."""
    return leaving.partition('data-leave href="')[2].partition('"')[0].replace("http://sandbox.invalid", "")


def test_cancelling_the_hosted_page_loses_nothing(owner: Person) -> None:
    due = factory.order(owner.customer)
    path = pay_page(owner)
    owner.post(f"{path}/add", order=str(due.id), kind="card")
    owner.get(path.replace("/pay/", "/added/"))
    html = owner.page(path)
    assert "Nothing was added." in html and f'value="{due.id}" checked' in html


def test_an_expired_selection_says_so(owner: Person, clock: Any) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    clock.advance(timedelta(hours=25))
    Session.update(expires_at=clock() + timedelta(hours=1), seen_at=clock()).execute()
    assert "This page has expired" in owner.page(path)
    answer = owner.post(path, order=str(due.id), method=str(card.id), seen="8900", press="1")
    assert answer.headers["Location"] == owner.base and "has expired" in owner.page()
    assert Payment.select().count() == 0


def test_an_expired_session_comes_back_to_the_selection(owner: Person) -> None:
    factory.order(owner.customer)
    path = pay_page(owner)
    anybody = owner.client.application.test_client()
    answer = anybody.get(path)
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/sign-in?next={path}")


def test_others_ids_are_nobodys(owner: Person, colleague: Person, stranger: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    form = {"seen": value_of(html, "seen"), "press": "1", "order": str(due.id), "method": str(card.id)}
    theirs = factory.order(colleague.customer)
    own_path = pay_page(colleague)
    for other in (colleague, stranger):
        assert other.get(path).status_code in (303, 404)
        assert "89.00" not in other.tick(path, f"{due.id}|{card.id}").text
        assert "/payments/" not in str(other.post(path, **form).headers.get("Location", ""))
        assert not other.post(f"{path}/part", order=str(due.id), amount="50").headers["Location"].endswith(path)
        assert "/leaving/" not in str(other.post(f"{path}/add", kind="card").headers.get("Location", ""))
        assert "/pay/" not in str(other.post("/pay", order=str(due.id)).headers["Location"])
        assert other.get(path.replace("/pay/", "/added/")).headers["Location"] != path
    assert str(due.id) not in colleague.tick(own_path, f"{due.id},{theirs.id}|{card.id}").text
    to = colleague.post(own_path, order=str(theirs.id), method=str(card.id), seen="8900", press="1").headers["Location"]
    assert to == own_path and "not there any more" in colleague.page(own_path), "a foreign card pays nothing"
    assert sandbox.charges() == []


def test_others_payments_and_receipts_are_not_found(owner: Person, colleague: Person, stranger: Person) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    receipt = owner.get(to).text.partition("/receipts/")[2][:10]
    assert "Received from" in owner.get(f"/receipts/{receipt}").text
    assert "TEST" in owner.get(f"/receipts/{receipt}").text
    for other in (colleague, stranger):
        assert other.get(to).status_code in (303, 404)
        assert other.get(f"/receipts/{receipt}").status_code == 404
        assert other.get(f"/orders/{due.id}").status_code == 404
        assert other.post(f"{to}/again").headers.get("Location", "") in ("", other.base, f"{owner.base}/sign-in")


def test_a_page_visit_never_asks_the_bank(owner: Person, sandbox: InProcess) -> None:
    due = factory.order(owner.customer)
    card = factory.method(owner.customer, "pm_card_authenticationRequired")
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    sandbox.control(fault={"mode": "down"})
    assert "Confirm at your bank" in owner.get(to).text
    look(Attempt.get().id)
    assert "Confirm at your bank" in owner.get(to).text


def test_what_follows_a_payment_is_light(owner: Person) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    to = press(owner, pay_page(owner), order=str(due.id), method=str(card.id))
    packed = {"Accept-Encoding": "br, gzip"}
    html = owner.get(to).text
    linked = re.findall(r'(?:href|src)="(/assets/[^"]+)"', html)
    assert len(linked) >= 2
    weight = len(html.encode()) + sum(len(owner.client.get(each, headers=packed).data) for each in linked)
    assert weight <= 60_000


def test_when_the_web_is_busy_the_page_waits_and_a_worker_asks(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer), factory.method(owner.customer)
    path = pay_page(owner)
    with ExitStack() as others:
        while others.enter_context(web_turn()):
            pass
        to = press(owner, path, order=str(due.id), method=str(card.id))
    assert sandbox.charges() == []
    assert "Asking your bank…" in owner.get(to).text and 'http-equiv="refresh"' in owner.get(to).text
    look(Attempt.get().id)  # what the worker does
    assert "Payment received" in owner.get(to).text
