"""The pay page for a part, for two currencies and for sums too small: told calmly, exact, nothing lost."""

from __future__ import annotations

import re

from models.orders import Order
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person, value_of
from tests.pages.customer.test_paying import pay_page, press


def test_a_part_is_shown_on_the_button_then_paid(owner: Person, ledger_holds: None) -> None:
    due, card = factory.order(owner.customer, 8900), factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    assert "Pay a part" in html and "At least $0.50 of a purchase, and at least $0.50 of it must remain." in html
    form = {"order": str(due.id), "method": str(card.id), "amount": "50"}
    assert owner.post(f"{path}/part", **form).headers["Location"] == path
    html = owner.page(path)
    assert "Pay $50.00" in html and f"{due.number}: $50.00 of $89.00, $39.00 stays open" in html
    assert 'name="amount"' in html and 'value="50.00"' in html and 'name="whole" value="8900"' in html
    to = press(owner, path, whole=value_of(html, "whole"), **form | {"amount": "50.00"})
    assert "Payment received" in owner.get(to).text and "$50.00" in owner.get(to).text
    assert Order.get_by_id(due.id).open == 3900
    assert "$39.00" in owner.page()


def test_an_amount_typed_but_not_on_the_button_takes_nothing_yet(owner: Person, sandbox: InProcess) -> None:
    due, card = factory.order(owner.customer, 8900), factory.method(owner.customer)
    path = pay_page(owner)
    form = {"order": str(due.id), "method": str(card.id), "amount": "50", "whole": "8900"}
    assert press(owner, path, **form) == path
    html = owner.page(path)
    assert "The total is now $50.00. Nothing was taken" in html and "Pay $50.00" in html
    assert sandbox.charges() == []


def test_what_is_no_amount_stays_in_its_field_and_nothing_is_lost(owner: Person, sandbox: InProcess) -> None:
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    card = factory.method(owner.customer)
    path = pay_page(owner)
    form = {"order": str(one.id), "method": str(card.id)}
    for wrong, said in (("12,50", "Write it like 1234.56"), ("0.20", "A part is at least $0.50"),
                        ("88.80", "The nearest amounts are $88.50 and $89.00"), ("-3", "above zero"),
                        ("90", "You can pay up to $89.00")):  # fmt: skip
        owner.post(f"{path}/part", amount=wrong, **form)
        html = owner.page(path)
        assert said in html and f'value="{wrong}"' in html and "Pay $89.00" in html, wrong
        assert f'value="{one.id}" checked' in html and f'value="{two.id}" checked' not in html
        answer = owner.post(path, amount=wrong, seen="8900", whole="8900", press="1", **form)
        assert answer.headers["Location"] == path and said in owner.page(path)
        assert owner.post(f"{path}/add", amount=wrong, kind="card", **form).headers["Location"] == path
        owner.page(path)
    assert sandbox.charges() == []


def test_a_typed_part_recomputes_the_button_live(owner: Person) -> None:
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    card = factory.method(owner.customer)
    path = pay_page(owner)
    text = owner.tick(path, f"{one.id},{two.id}|{card.id}|90").text
    assert "Pay $90.00" in text and "$1.00 of $11.05" in text and 'value=\\"9000\\"' in text
    text = owner.tick(path, f"{one.id}|{card.id}|90,5").text
    assert "Check the amount" in text and "is not an amount" in text and "disabled" in text
    assert "Pay $89.00" in owner.tick(path, f"{one.id}|{card.id}|").text, "an empty field is all of it"


def test_two_currencies_are_told_and_paid_one_after_the_other(owner: Person, ledger_holds: None) -> None:
    dollars, euros = factory.order(owner.customer, 8900), factory.order(owner.customer, 3000, currency="EUR")
    card = factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    assert "Pay $89.00" in html and "Then: €30.00 in euros. It is a payment of its own." in html
    shown = owner.get(press(owner, path, order=str(dollars.id), method=str(card.id))).text
    assert "Payment received" in shown and "Go on to €30.00" in shown
    then = re.search(rf'href="({owner.base}/pay/[^"]+)"', shown)
    assert then
    html = owner.page(then.group(1))
    assert "Pay €30.00" in html and f'value="{euros.id}" checked' in html
    done = owner.get(press(owner, then.group(1), order=str(euros.id), method=str(card.id))).text
    assert "Payment received" in done and "Still to pay" not in done


def test_a_sum_too_small_is_told_and_goes_along_with_another(owner: Person, sandbox: InProcess) -> None:
    tiny, card = factory.order(owner.customer, 30), factory.method(owner.customer)
    path = pay_page(owner)
    html = owner.page(path)
    assert "$0.30 is too small to be charged by itself" in html and "Pay a part" not in html
    answer = owner.post(path, order=str(tiny.id), method=str(card.id), seen="30", whole="30", press="1")
    assert answer.headers["Location"] == path and "paid together with the next one" in owner.page(path)
    assert sandbox.charges() == []
