"""What the letters about money that goes back say: exact amounts, where to, whether something is owed again."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import import_module
from uuid import UUID

import pytest

from domain.disputes.decide import decide
from domain.disputes.record import hint
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import facts_of
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.refunds.ask import hint as refund_hint
from domain.refunds.ask import look
from domain.refunds.reserve import refund
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.i18n import speaking
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import Attempt, Dispute, LostAs, Refund
from models.work import Mail
from sandbox.inprocess import InProcess
from tests import factory

pytestmark = pytest.mark.usefixtures("sqlite_store", "clock", "ledger_holds")


@pytest.fixture
def ann(sqlite_store: str, clock: Stopped, sandbox: InProcess) -> Customer:
    shop = factory.merchant("harbor", name="Harbor Yoga")
    return factory.customer(shop, name="Ann Lee", email="ann@example.com")


def _pay(ann: Customer, order: Order, token: str = "pm_card_visa") -> UUID:
    buyer = Buyer(ann.id, factory.account(ann).id)
    handle = intention.begin(buyer=buyer, orders=[order.id])
    shown = intention.selection(handle, buyer=buyer)
    method = factory.method(ann, token)
    wish = Pressed(
        handle=handle, method=method.id, seen=shown.total.minor, press=shown.press, ip="203.0.113.9", agent="test"
    )
    return press(wish, buyer=buyer)


def _back(ann: Customer, payment: UUID, minor: int, **more: bool) -> Refund:
    made = refund(merchant=ann.merchant_id, payment=payment, amount=Money(minor, "USD"), **more)
    look(made)
    row: Refund = Refund.get_by_id(made)
    return row


def _later(clock: Stopped, sandbox: InProcess, days: int) -> None:
    clock.advance(timedelta(days=days))
    sandbox.control(now=clock.at.isoformat())
    for row in due(utc_now()):
        if row.kind == Work.ATTEMPT:
            perform(row.kind, row.id)


def _dispute(sandbox: InProcess, ann: Customer, **how: str) -> Dispute:
    account: GatewayAccount = factory.gateway_account(ann.merchant)
    sandbox.control(disputes=[{"charge": Attempt.get().gateway_ref, **how}])
    found = sandbox.world.store.every("dispute")[-1]
    assert hint(account.id, found.id)
    row: Dispute = Dispute.get(Dispute.gateway_ref == found.id)
    return row


def _letter(template: str, news: str = "") -> Letter | None:
    """The letter that a mail of the outbox would be, made now."""
    mail = next(row for row in Mail.select().where(Mail.template == template) if row.dedup_key.endswith(news))
    house = facts_of(mail.merchant)
    with unit_of_work(), speaking(zone=house.zone, locale=house.locale):
        build = import_module(f"domain.mail.messages.{template}").build
        made: Letter | None = build(Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house))
        return made


def _text(letter: Letter | None) -> str:
    assert letter is not None
    rows = [f"{name}: {value}" for name, value in letter.rows]
    return "\n".join([letter.subject, *letter.first, *rows, *letter.after])


def test_a_refund_says_how_much_where_to_and_that_nothing_is_owed(ann: Customer) -> None:
    order = factory.order(ann, 8900)
    _back(ann, _pay(ann, order), 3000)
    letter = _letter("refund", "succeeded")
    assert letter is not None and letter.subject == "Refund from Harbor Yoga: $30.00"
    assert "Harbor Yoga has sent $30.00 back to Visa ending 4242." in letter.first
    assert "You do not owe anything for it." in letter.first and letter.total == ("Refund", "$30.00")
    assert letter.rows == ((f"{order.number} · Membership", "$30.00"),)


def test_a_refund_that_is_still_owed_says_so(ann: Customer) -> None:
    _back(ann, _pay(ann, factory.order(ann, 8900)), 3000, still_owed=True)
    assert "The purchase is open again for that amount." in _text(_letter("refund", "succeeded"))


def test_a_pending_refund_is_on_its_way_and_then_told_no_more(
    ann: Customer, clock: Stopped, sandbox: InProcess
) -> None:
    row = _back(ann, _pay(ann, factory.order(ann, 8900), "pm_card_pendingRefund"), 3000)
    assert "Banks take some days for this." in _text(_letter("refund", "pending"))
    _later(clock, sandbox, 8)
    look(row.id)
    assert _letter("refund", "pending") is None and _letter("refund", "succeeded") is not None


def test_a_refund_that_the_bank_sent_back(ann: Customer, clock: Stopped, sandbox: InProcess) -> None:
    row = _back(ann, _pay(ann, factory.order(ann, 8900), "pm_card_refundFail"), 3000)
    _later(clock, sandbox, 2)
    refund_hint(factory.gateway_account(ann.merchant).id, str(Refund.get_by_id(row.id).gateway_ref))
    told = _text(_letter("refund", "failed"))
    assert "did not arrive" in told and "The bank could not put $30.00 on Visa ending 5126" in told
    assert _letter("refund", "succeeded") is None


def test_a_debit_that_came_back_says_why_and_pays_with_a_link(
    ann: Customer, clock: Stopped, sandbox: InProcess
) -> None:
    order = factory.order(ann, 8900)
    _pay(ann, order, "pm_usBankAccount_success")
    _later(clock, sandbox, 8)
    _dispute(sandbox, ann, **{"return": "R01"})
    letter = _letter("returned")
    assert letter is not None and letter.subject == "Your payment of $89.00 to Harbor Yoga came back"
    assert "Your bank took the payment back." in letter.first[0] and "not enough money" in letter.first[0]
    assert f"So {order.number} is open again. We will not charge it by ourselves." in letter.first
    assert letter.button is not None and letter.button.label == "Pay $89.00" and "/fix/" in letter.button.url
    with unit_of_work():
        Order.update(open=0, paid=8900).where(Order.id == order.id).execute()
    assert _letter("returned") is None
    with unit_of_work():
        Order.update(open=8900, paid=0).where(Order.id == order.id).execute()


def test_a_cheque_that_bounced_names_no_bank(ann: Customer) -> None:
    order = factory.order(ann, 8900)
    received = Received(uuid7(), ann.id, {order.id: Money(8900, "USD")}, Outside.CHEQUE, date(2026, 11, 20))
    payment = record_outside(merchant=ann.merchant_id, received=received, staff=None)
    bounced(merchant=ann.merchant_id, payment=payment, staff=None)
    assert "outside the portal could not be cashed" in _text(_letter("returned"))


def test_the_merchant_reads_the_facts_of_a_dispute_and_until_when_to_answer(ann: Customer, sandbox: InProcess) -> None:
    order = factory.order(ann, 8900)
    _back(ann, _pay(ann, order), 900)
    row = _dispute(sandbox, ann, reason="fraudulent")
    told = _text(_letter("dispute", "opened"))
    assert "A payment of $89.00 is disputed" in told and "The bank of Ann Lee has taken $89.00 back" in told
    assert "You had refunded $9.00 of it before: say so in your answer." in told
    assert "Answer by: Monday 14 December at 7:00" in told and "Reason: fraudulent · 10.4" in told
    assert f"Order: {order.number} · Membership" in told and f"Dispute: {row.gateway_ref}" in told
    sandbox.control(disputes=[{"id": row.gateway_ref, "status": "lost"}])
    hint(row.gateway_account_id, row.gateway_ref)
    assert "Decide whether you write it off" in _text(_letter("dispute", "lost"))
    decide(merchant=ann.merchant_id, dispute=row.id, lost_as=LostAs.REOPEN)
    assert "back, as you had asked it to" in _text(_letter("returned"))


def test_a_won_dispute_is_good_news(ann: Customer, sandbox: InProcess) -> None:
    _pay(ann, factory.order(ann, 8900))
    row = _dispute(sandbox, ann, reason="fraudulent")
    sandbox.control(disputes=[{"id": row.gateway_ref, "status": "won"}])
    hint(row.gateway_account_id, row.gateway_ref)
    assert "gave the money back" in _text(_letter("dispute", "won"))


def test_a_merchant_without_an_address_gets_no_letter(ann: Customer, sandbox: InProcess) -> None:
    merchant = ann.merchant
    merchant.contact_email = ""
    merchant.save()
    _pay(ann, factory.order(ann, 8900))
    _dispute(sandbox, ann, reason="fraudulent")
    assert not Mail.select().where(Mail.template == "dispute").exists()
