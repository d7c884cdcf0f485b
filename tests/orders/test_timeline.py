"""An order tells all that happened to it, in one list by time, to its owner only."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from domain.disputes.record import hint
from domain.mail import letters
from domain.mail.send import send
from domain.orders.adjust import apply_credit, give_credit, write_off_order
from domain.orders.detail import order_detail
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.orders.timeline import Delivery, Entry, Kind
from domain.payments.collect import collect_due
from domain.recoveries.promises import judge, promise
from domain.refunds.ask import look
from domain.refunds.reserve import refund
from kit.clock import utc_now
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.orders import Order
from models.payments import Attempt, Promise
from models.work import Mail, MailState
from tests import factory
from tests.pages.customer.test_home import counted
from tests.payments.conftest import Shop, shop

__all__ = ["shop"]


def told(of: Shop, order: Order) -> tuple[Entry, ...]:
    """The timeline, the oldest first, without the mails."""
    return tuple(each for each in all_of(of, order) if each.kind != Kind.MAIL)


def all_of(of: Shop, order: Order) -> tuple[Entry, ...]:
    with counted() as asked:
        found = order_detail(of.customer.id, order.id, zone="America/New_York")
    assert found is not None and len(asked) <= 11, asked
    return found.timeline[::-1]


def kinds(entries: tuple[Entry, ...]) -> list[str]:
    return [f"{each.kind}:{each.what}" if each.what else str(each.kind) for each in entries]


def failed(shop: Shop) -> Order:
    """An automatic order that the bank refused."""
    card = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    shop.pass_time(hours=8)
    collect_due(order.id)
    return order


def test_a_failure_its_promises_and_the_payment_in_the_end(shop: Shop) -> None:
    order = failed(shop)
    shop.pass_time(minutes=5)
    for days in (2, 3):
        promise(customer=shop.customer.id, order=order.id, day=utc_now().date() + timedelta(days=days))
        shop.pass_time(minutes=5)
    shop.pass_time(days=4)
    judge(Promise.get(Promise.state == "open").id)
    shop.pass_time(minutes=5)
    shop.press(shop.method(), Order.get_by_id(order.id))
    entries = told(shop, order)
    said = kinds(entries)
    assert said[:4] == ["made", "try:declined", "planned:dropped", "promised"]
    assert sorted(said[4:7]) == ["promise_ended:broken", "promise_ended:withdrawn", "promised"]
    assert said[-1] == "try:received" and "planned:dropped" in said[6:]
    declined, paid = entries[1], entries[-1]
    assert declined.why == "Not enough money" and declined.method.startswith("Visa ending") and not declined.receipt
    assert paid.receipt.startswith("R-") and paid.amount == Money(8900, "USD")
    assert [each.at for each in entries] == sorted(each.at for each in entries)


def test_what_we_plan_is_told_and_the_mail_with_its_fate(shop: Shop) -> None:
    order = failed(shop)
    entries = all_of(shop, order)
    assert "planned:planned" in kinds(entries)
    (mail,) = [each for each in entries if each.kind == Kind.MAIL]
    assert (mail.what, mail.delivery) == ("payment_failed", Delivery.WAITING)
    for state, result, fate in (
        (MailState.SENT, "accepted by the relay", Delivery.ACCEPTED),
        (MailState.FAILED, "relay: 550", Delivery.FAILED),
        (MailState.SUPPRESSED, "the relay refuses this address", Delivery.FAILED),
    ):
        Mail.update(state=state, result=result).execute()
        assert [each.delivery for each in all_of(shop, order) if each.kind == Kind.MAIL] == [fate]


def test_a_letter_that_was_not_needed_any_more_says_so(shop: Shop) -> None:
    order = failed(shop)
    shop.press(shop.method(), Order.get_by_id(order.id))
    mail = Mail.get(Mail.template == "payment_failed")
    Mail.update(due_at=utc_now()).where(Mail.id == mail.id).execute()
    send(mail.id)
    fates = {each.what: each.delivery for each in all_of(shop, order) if each.kind == Kind.MAIL}
    assert fates["payment_failed"] == Delivery.NOT_NEEDED


def test_a_debit_that_came_back_and_a_refund_and_a_dispute(shop: Shop) -> None:
    order = shop.order()
    shop.press(shop.method("pm_usBankAccount_success"), order)
    assert kinds(told(shop, order)) == ["made", "try:pending"] and told(shop, order)[-1].day is not None
    shop.pass_time(days=8)
    shop.work()
    assert kinds(told(shop, order)) == ["made", "try_started", "try:received"]
    _dispute(shop, order, "return", "R01")
    assert kinds(told(shop, order))[3:4] == ["came_back"]
    shop.pass_time(hours=1)
    payment = shop.press(shop.method(), Order.get_by_id(order.id))
    look(refund(merchant=shop.customer.merchant_id, payment=payment, amount=Money(900, "USD")))
    _dispute(shop, order, "reason", "fraudulent")
    said = kinds(told(shop, order))
    assert said.count("came_back") == 1 and said[-3:] == ["try:received", "dispute:open", "refund:succeeded"]
    assert told(shop, order)[-1].amount == Money(900, "USD")


def _dispute(shop: Shop, order: Order, kind: str, value: str) -> None:
    attempt = Attempt.select().order_by(Attempt.reserved_at.desc()).first()
    assert attempt is not None
    known = {each.id for each in shop.sandbox.world.store.every("dispute")}
    shop.sandbox.control(disputes=[{"charge": attempt.gateway_ref, kind: value}])
    (found,) = [each.id for each in shop.sandbox.world.store.every("dispute") if each.id not in known]
    assert hint(factory.gateway_account(shop.customer.merchant).id, found)


def test_money_from_outside_credit_and_what_is_not_owed_any_more(shop: Shop) -> None:
    order = shop.order()
    share = {order.id: Money(5000, "USD")}
    received = Received(uuid7(), shop.customer.id, share, Outside.CHEQUE, date(2026, 11, 20), "")
    merchant = shop.customer.merchant_id
    payment = record_outside(merchant=merchant, received=received, staff=None)
    shop.pass_time(hours=1)
    bounced(merchant=merchant, payment=payment, staff=None)
    shop.pass_time(hours=1)
    give_credit(merchant=merchant, customer=shop.customer.id, amount=Money(1000, "USD"), handle=uuid7())
    apply_credit(merchant=merchant, order=order.id)
    shop.pass_time(hours=1)
    write_off_order(merchant=merchant, order=order.id)
    entries = told(shop, order)
    assert kinds(entries) == ["made", "outside:cheque", "came_back", "adjusted:credit", "adjusted:write_off"]
    assert [each.amount and each.amount.minor for each in entries] == [8900, 5000, 5000, 1000, 7900]


def test_it_is_its_owners_only(shop: Shop) -> None:
    order = shop.order()
    other = factory.customer(shop.customer.merchant)
    stranger = factory.customer(factory.merchant())
    for person in (other, stranger):
        assert order_detail(person.id, order.id, zone="UTC") is None
    assert order_detail(shop.customer.id, uuid7(), zone="UTC") is None
    assert order_detail(shop.customer.id, order.id, zone="UTC") is not None


def test_one_payment_of_two_orders_has_its_letter_in_both(shop: Shop) -> None:
    one, two, third = shop.order(), shop.order(), shop.order()
    shop.press(shop.method(), one, two)
    assert Mail.get(Mail.template == "receipt").order_id is None
    for order, seen in ((one, ["receipt"]), (two, ["receipt"]), (third, [])):
        assert [each.what for each in all_of(shop, order) if each.kind == Kind.MAIL] == seen


def test_each_letter_about_an_order_says_so(shop: Shop) -> None:
    order = shop.order()
    payment: UUID = shop.press(shop.method(), order)
    Mail.delete().execute()
    with unit_of_work():
        letters.new_order(order)
        letters.method_needed(order)
        letters.before_charge(order, letters.BeforeCharge.ALWAYS)
        letters.receipt(payment)
        letters.bank_debit_on_its_way(payment)
        letters.returned(payment, order.id)
    mails = list(Mail.select())
    assert len(mails) == 6
    assert {(each.order_id, each.customer_id) for each in mails} == {(str(order.id), str(shop.customer.id))}


def test_the_letters_of_a_failure_and_a_refund_say_so_too(shop: Shop) -> None:
    order = failed(shop)
    payment = shop.press(shop.method(), Order.get_by_id(order.id))
    look(refund(merchant=shop.customer.merchant_id, payment=payment, amount=Money(900, "USD")))
    with unit_of_work():
        letters.confirm_at_bank(Attempt.select().first().id)
    mails = list(Mail.select())
    assert {each.template for each in mails} >= {"payment_failed", "receipt", "refund", "confirm_at_bank"}
    assert {each.order_id for each in mails} == {str(order.id)}
    assert {each.customer_id for each in mails} == {str(shop.customer.id)}
