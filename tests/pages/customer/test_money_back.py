"""What the customer sees of money that goes back, comes back, or never went through the portal."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.disputes.record import hint
from domain.orders.adjust import give_credit
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.refunds.ask import look
from domain.refunds.reserve import refund
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.orders import Order
from models.payments import Attempt, Receipt
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person

pytestmark = pytest.mark.usefixtures("ledger_holds")


def _pay(person: Person, order: Order, token: str = "pm_card_visa") -> UUID:
    buyer = Buyer(person.customer.id, person.account.id)
    handle = intention.begin(buyer=buyer, orders=[order.id])
    shown = intention.selection(handle, buyer=buyer)
    method = factory.method(person.customer, token)
    wish = Pressed(
        handle=handle, method=method.id, seen=shown.total.minor, press=shown.press, ip="203.0.113.9", agent="test"
    )
    return press(wish, buyer=buyer)


def _refund(person: Person, payment: UUID, minor: int) -> UUID:
    made = refund(merchant=person.customer.merchant_id, payment=payment, amount=Money(minor, "USD"))
    look(made)
    return made


def _later(clock: Stopped, sandbox: InProcess, days: int) -> None:
    clock.advance(timedelta(days=days))
    sandbox.control(now=clock.at.isoformat())
    for row in due(utc_now()):
        if row.kind == Work.ATTEMPT:
            perform(row.kind, row.id)


def _sign_in_again(person: Person) -> None:
    """Days have passed."""
    with unit_of_work():
        token = sessions.open_session(account=person.account.id, customer=person.customer.id)
    person.client.set_cookie(cookies.name_of(Audience.CUSTOMER), token)


def _receipt(person: Person, payment: UUID) -> str:
    return person.get(f"/receipts/{Receipt.get(Receipt.payment == payment).number}").text


def test_a_refund_stands_on_order_and_receipt(owner: Person, colleague: Person) -> None:
    order = factory.order(owner.customer, 8900)
    payment = _pay(owner, order)
    _refund(owner, payment, 3000)
    html = owner.page(f"/orders/{order.id}")
    assert ">Refunded<" in html and "back to Visa ending 4242" in html and "$30.00" in html
    assert "Refunded, not owed any more" in html and "Paid, less what went back" in html
    assert "-$30.00" in _receipt(owner, payment).replace("\u2212", "-") and "Refunded" in _receipt(owner, payment)
    assert "Refund" not in colleague.page()
    _refund(owner, payment, 5900)
    listed = owner.page("/purchases")
    assert ">Refunded</span>" in listed and ">Cancelled</span>" not in listed


def test_a_pending_refund_is_on_its_way(owner: Person, clock: Stopped, sandbox: InProcess) -> None:
    order = factory.order(owner.customer, 8900)
    payment = _pay(owner, order, "pm_card_pendingRefund")
    made = _refund(owner, payment, 3000)
    html, home = owner.page(f"/orders/{order.id}"), owner.page()
    assert "Refund on its way" in html and "banks take some days" in html and "Refunded, not owed" not in html
    assert "Refund of Monday 23 November" in home and "On its way" in home
    assert "Refund on its way" in _receipt(owner, payment)
    _later(clock, sandbox, 8)
    look(made)
    _sign_in_again(owner)
    assert "Refund of" not in owner.page() and "on its way" not in owner.page(f"/orders/{order.id}")


def test_a_refund_that_failed_is_told_and_takes_nothing_off(owner: Person, clock: Stopped, sandbox: InProcess) -> None:
    from domain.refunds.ask import hint as refund_hint
    from models.payments import Refund

    order = factory.order(owner.customer, 8900)
    made = _refund(owner, _pay(owner, order, "pm_card_refundFail"), 3000)
    _later(clock, sandbox, 2)
    refund_hint(factory.gateway_account(owner.customer.merchant).id, Refund.get_by_id(made).gateway_ref)
    _sign_in_again(owner)
    html = owner.page(f"/orders/{order.id}")
    assert "The refund did not arrive" in html and "Refunded" not in html and "less what went back" not in html


def test_a_debit_that_came_back_says_when_and_asks_again(owner: Person, clock: Stopped, sandbox: InProcess) -> None:
    order = factory.order(owner.customer, 8900)
    payment = _pay(owner, order, "pm_usBankAccount_success")
    _later(clock, sandbox, 8)
    sandbox.control(disputes=[{"charge": Attempt.get().gateway_ref, "return": "R01"}])
    (found,) = sandbox.world.store.every("dispute")
    assert hint(factory.gateway_account(owner.customer.merchant).id, found.id)
    _sign_in_again(owner)
    html, slip = owner.page(f"/orders/{order.id}"), _receipt(owner, payment)
    assert "came back on Tuesday 1 December" in html and "Pay $89.00" in html
    assert "This payment came back on Tuesday 1 December" in slip and "REVERSED" in slip
    home = owner.page()
    assert "$89.00" in home and "Your payment came back on Tuesday 1 December" in home
    assert "Came back" in owner.page("/purchases")


def test_a_disputed_order_is_not_payable(owner: Person, sandbox: InProcess) -> None:
    order = factory.order(owner.customer, 8900)
    payment = _pay(owner, order)
    made = refund(merchant=owner.customer.merchant_id, payment=payment, amount=Money(1000, "USD"), still_owed=True)
    look(made)
    sandbox.control(disputes=[{"charge": Attempt.get().gateway_ref, "reason": "fraudulent"}])
    (found,) = sandbox.world.store.every("dispute")
    assert hint(factory.gateway_account(owner.customer.merchant).id, found.id)
    html = owner.page(f"/orders/{order.id}")
    assert "being looked into" in html and "Pay $10.00" not in html
    assert "Being looked into" in owner.page() and "Pay now" not in owner.page()


def test_a_paid_order_under_dispute_says_so(owner: Person, sandbox: InProcess) -> None:
    _pay(owner, factory.order(owner.customer, 8900))
    assert "Being looked into" not in owner.page() and "Being looked into" not in owner.page("/purchases")
    sandbox.control(disputes=[{"charge": Attempt.get().gateway_ref, "reason": "fraudulent"}])
    (found,) = sandbox.world.store.every("dispute")
    assert hint(factory.gateway_account(owner.customer.merchant).id, found.id)
    assert "Being looked into" in owner.page() and "Being looked into" in owner.page("/purchases")


def test_money_from_outside_has_its_receipt_and_may_bounce(owner: Person) -> None:
    order = factory.order(owner.customer, 8900)
    received = Received(
        uuid7(), owner.customer.id, {order.id: Money(8900, "USD")}, Outside.CHEQUE, date(2026, 11, 20), "No. 1042"
    )
    payment = record_outside(merchant=owner.customer.merchant_id, received=received, staff=None)
    slip = _receipt(owner, payment)
    assert "Cheque · No. 1042" in slip and "Friday 20 November" in slip
    assert "Paid outside the portal" in owner.page(f"/orders/{order.id}")
    bounced(merchant=owner.customer.merchant_id, payment=payment, staff=None)
    assert "This payment came back on Monday 23 November" in _receipt(owner, payment)
    assert "came back on Monday 23 November" in owner.page(f"/orders/{order.id}")


def test_credit_is_shown_to_whom_it_belongs(owner: Person, colleague: Person) -> None:
    give_credit(
        merchant=owner.customer.merchant_id, customer=owner.customer.id, amount=Money(1234, "USD"), handle=uuid7()
    )
    assert "Credit" in owner.page() and "$12.34" in owner.page()
    assert "$12.34" not in colleague.page()
