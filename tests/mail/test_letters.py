"""What the letters about money say: exact amounts, the reason, whether money moved, what comes next."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.accounts import links
from domain.mail import letters as write
from domain.mail import send as sending
from domain.mail.catalogue import Template
from integrations.gateways.base import MethodKind
from kit.ids import uuid7
from models.base import unit_of_work
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    Receipt,
    Recovery,
)
from models.work import Mail, MailState
from tests import factory


@pytest.fixture
def shop(store, clock):
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def ann(shop):
    return factory.customer(shop, name="Ann Lee", email="ann@example.com")


def _method(of, **values) -> PaymentMethod:
    return PaymentMethod.create(
        **{
            "customer": of,
            "gateway_account": factory.gateway_account(of.merchant),
            "gateway_ref": f"pm_{uuid7()}"[:40],
            "gateway_customer": "cus_1",
            "kind": MethodKind.CARD,
            "brand": "visa",
            "last4": "4242",
            "fingerprint": f"f{uuid7()}",
            "created_at": of.created_at,
            **values,
        }
    )


def _attempt(order: Order, method: PaymentMethod, state: AttemptState, **values) -> Attempt:
    closed = state not in (AttemptState.PENDING,)
    payment = Payment.create(
        merchant=order.merchant,
        customer=order.customer,
        gateway_account=method.gateway_account,
        method=method,
        amount=order.open,
        currency=order.currency,
        origin=Origin.AUTOMATIC,
        state={AttemptState.SUCCEEDED: PaymentState.SUCCEEDED, AttemptState.PENDING: PaymentState.OPEN}.get(
            state, PaymentState.FAILED
        ),
        created_at=order.created_at,
    )
    Allocation.create(payment=payment, order=order, amount=order.open)
    return Attempt.create(
        payment=payment,
        gateway_account=method.gateway_account,
        method=method,
        state=state,
        amount=order.open,
        currency=order.currency,
        fingerprint=method.fingerprint,
        off_session=True,
        reserved_at=order.created_at,
        state_since=order.created_at,
        closed_at=order.created_at if closed else None,
        **values,
    )


def _recovery(attempt: Attempt, order: Order) -> Recovery:
    return Recovery.create(
        merchant=order.merchant,
        customer=order.customer,
        order=order,
        attempt=attempt,
        amount=order.open,
        currency=order.currency,
        reason=attempt.decline_code,
        opened_at=order.created_at,
    )


def _planned(recovery: Recovery, method: PaymentMethod, due_at) -> PlannedTry:
    return PlannedTry.create(
        merchant=recovery.merchant_id,
        recovery=recovery,
        n=1,
        due_at=due_at,
        method=method,
        slots="[]",
        probability="1",
        reason="",
        created_at=due_at,
    )


def _sent(template: Template):
    mail = Mail.select().where(Mail.template == template).order_by(Mail.id.desc()).get()
    sending.send(mail.id)
    return Mail.get_by_id(mail.id)


@pytest.fixture
def failed(ann, clock):
    """A failed automatic payment with a next try tomorrow at 9:00 in New York."""
    order, method = factory.order(ann, 120450), _method(ann)
    attempt = _attempt(order, method, AttemptState.FAILED, decline_code="insufficient_funds")
    recovery = _recovery(attempt, order)
    planned = _planned(recovery, method, clock.at.replace(hour=14) + timedelta(days=1))
    with unit_of_work():
        write.payment_failed(recovery.id, attempt.id, next_try_id=planned.id)
    return order, attempt, recovery, planned


def test_a_failure_says_why_that_nothing_was_taken_what_comes_next_and_how_to_fix_it(failed, catcher, letters):
    order, *_rest = failed
    assert _sent(Template.PAYMENT_FAILED).state == MailState.SENT
    (caught,) = letters.newest()
    assert caught.subject == "Your payment of $1,204.50 to Harbor Yoga did not go through"
    for said in (
        "Your bank said there was not enough money on Visa ending 4242. Nothing was taken.",
        "We will try again on Tuesday 24 November at 9:00 with Visa ending 4242",
        f"Order: {order.number} · Membership",
        "Open amount: $1,204.50",
        "Pay $1,204.50:",
        "Manage my account: http://127.0.0.1:8050/p/harbor",
        "TEST",
    ):
        assert said in caught.text, said
    assert "Pay $1,204.50" in caught.html
    token = caught.text.partition("/p/harbor/fix/")[2].split()[0]
    assert links.open_fix_it(token).order == order.id


def test_without_a_next_try_it_says_so_and_a_mail_that_comes_late_promises_nothing(failed, catcher, letters, clock):
    clock.advance(timedelta(days=2))
    _sent(Template.PAYMENT_FAILED)
    assert "We will not try again by ourselves." in letters.newest()[0].text


def test_a_failure_that_is_settled_by_now_is_not_told(failed, catcher, letters):
    Order.update(paid=Order.total, open=0).execute()
    assert _sent(Template.PAYMENT_FAILED).state == MailState.SUPPRESSED and not letters.newest()


def test_one_mail_for_one_failure(failed):
    _order, attempt, recovery, planned = failed
    with unit_of_work():
        write.payment_failed(recovery.id, attempt.id, next_try_id=planned.id)
        write.payment_failed(None, attempt.id, next_try_id=None)
    assert Mail.select().count() == 1


def test_a_bank_debit_that_failed_does_not_claim_that_nothing_was_taken(ann, catcher, letters):
    order = factory.order(ann, 5000)
    method = _method(ann, kind=MethodKind.BANK, brand="STRIPE TEST BANK", last4="6789")
    attempt = _attempt(order, method, AttemptState.FAILED, decline_code="R01")
    with unit_of_work():
        write.payment_failed(None, attempt.id, next_try_id=None)
    _sent(Template.PAYMENT_FAILED)
    assert "No money has reached us." in letters.newest()[0].text
    assert "Nothing was taken" not in letters.newest()[0].text


def test_the_receipt_names_every_order_and_adds_up(ann, catcher, letters):
    order, method = factory.order(ann, 4900, title="Ten <classes>"), _method(ann)
    payment = _attempt(order, method, AttemptState.SUCCEEDED).payment
    Receipt.create(payment=payment, merchant=ann.merchant, number="R-0A1B2C3D", issued_at=order.created_at)
    with unit_of_work():
        write.receipt(payment.id)
    assert _sent(Template.RECEIPT).state == MailState.SENT
    (caught,) = letters.newest()
    assert caught.subject == "Receipt R-0A1B2C3D from Harbor Yoga: $49.00"
    for said in (
        "Receipt: R-0A1B2C3D",
        "Paid with: Visa ending 4242",
        "Ten <classes>: $49.00",
        "Total paid: $49.00",
        "Monday 23 November at 7:00",
        "Manage my account",
    ):
        assert said in caught.text, said
    assert "Ten &lt;classes&gt;" in caught.html and "Manage my account" in caught.html
    assert "4242" in caught.html and caught.html.count("http://127.0.0.1:8050/p/harbor") >= 2


def test_yen_have_no_decimals(store, clock, catcher, letters):
    clock.advance(timedelta(hours=-1))  # nine in the evening is night already
    shop = factory.merchant("tea", currency="JPY", country="JP", zone="Asia/Tokyo")
    buyer = factory.customer(shop, email="ann@example.com")
    payment = _attempt(factory.order(buyer, 12000), _method(buyer), AttemptState.SUCCEEDED).payment
    Receipt.create(payment=payment, merchant=shop, number="R-0A1B2C3D", issued_at=clock.at)
    with unit_of_work():
        write.receipt(payment.id)
    _sent(Template.RECEIPT)
    assert "¥12,000" in letters.newest()[0].text and "at 20:00" in letters.newest()[0].text


def test_confirming_at_the_bank_is_asked_for_with_a_link(ann, catcher, letters):
    order = factory.order(ann, 4900)
    attempt = _attempt(order, _method(ann), AttemptState.FAILED, decline_code="authentication_required")
    with unit_of_work():
        write.confirm_at_bank(attempt.id)
    _sent(Template.CONFIRM_AT_BANK)
    text = letters.newest()[0].text
    assert "Your bank asks you to confirm" in text and "Nothing was taken." in text
    assert links.open_fix_it(text.partition("/p/harbor/fix/")[2].split()[0]).order == order.id


def test_a_bank_debit_on_its_way_says_until_when(ann, catcher, letters):
    method = _method(ann, kind=MethodKind.BANK, brand="STRIPE TEST BANK", last4="6789")
    attempt = _attempt(factory.order(ann, 4900), method, AttemptState.PENDING, final_on=date(2026, 12, 1))
    with unit_of_work():
        write.bank_debit_on_its_way(attempt.payment_id)
    assert _sent(Template.BANK_DEBIT_ON_ITS_WAY).state == MailState.SENT
    assert "It is final by Tuesday 1 December" in letters.newest()[0].text


def test_a_customer_without_an_address_is_written_to_through_an_account_or_not_at_all(ann, shop):
    owner = factory.account(ann)
    type(ann).update(email="").execute()
    attempt = _attempt(factory.order(ann, 4900), _method(ann), AttemptState.PENDING)
    with unit_of_work():
        write.bank_debit_on_its_way(attempt.payment_id)
    assert Mail.get().to_address == owner.email
    alone = factory.customer(shop)
    type(alone).update(email="").execute()
    second = _attempt(factory.order(alone, 4900), _method(alone), AttemptState.PENDING)
    with unit_of_work():
        write.bank_debit_on_its_way(second.payment_id)
    assert Mail.select().count() == 1


def test_every_template_has_its_builder():
    for template in Template:
        assert sending._builder(template).__doc__, template
