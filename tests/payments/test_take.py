"""A merchant's person takes a payment because the customer said so: once, traced, and nothing on a spoken word alone
from a bank account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.methods.consent import covering
from domain.payments import ask as ask_module
from domain.payments import take as take_module
from domain.payments.reserve import AlreadyPaid, AmountChanged, Held
from domain.payments.take import Taking, take
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.ids import uuid7
from kit.money import Money
from models.methods import Consent, ConsentScope, PaymentMethod
from models.orders import Order
from models.payments import Attempt, Origin, Payment, PaymentState
from models.work import Event
from tests import factory
from tests.payments.conftest import Shop, fresh, payment


def _taking(shop: Shop, method: PaymentMethod, order: Order, minor: int | None = None, **changes: Any) -> Taking:
    open_now = Money(fresh(order).open, order.currency)
    values: dict[str, Any] = {
        "handle": uuid7(),
        "customer": shop.customer.id,
        "method": method.id,
        "shares": {order.id: open_now if minor is None else Money(minor, order.currency)},
        "seen": {order.id: open_now},
        "agreed": True,
    }
    return Taking(**(values | changes))


def _take(shop: Shop, taking: Taking, staff: UUID | None = None) -> UUID:
    return take(merchant=shop.customer.merchant_id, taking=taking, staff=staff)


def test_it_is_taken_once_with_what_was_said_and_who_took_it(shop: Shop) -> None:
    card, order, anne = shop.method(), shop.order(), factory.staff().id
    form = _taking(shop, card, order)
    assert _take(shop, form, anne) == _take(shop, form, anne) == form.handle  # the second press finds the first
    assert shop.charged() == 8900 and fresh(order).open == 0
    paid = payment(form.handle)
    assert (paid.state, paid.origin) == (PaymentState.SUCCEEDED, Origin.MERCHANT)
    said = Consent.get_by_id(form.handle)
    assert "$89.00" in said.text and "Visa ending 4242" in said.text and said.revoked_at is not None
    traced = Event.select().where(Event.kind == "payment.taken")
    assert [(row.actor_id, row.subject_id) for row in traced] == [(str(anne), str(paid.id))]
    with pytest.raises(AlreadyPaid):
        _take(shop, _taking(shop, card, order, 8900, seen={order.id: Money(8900, "USD")}))


def test_a_part_is_bound_by_the_processor_not_by_the_portals_policy(shop: Shop) -> None:
    card, order = shop.method(), shop.order()
    with pytest.raises(DomainError, match="at least") as refused:
        _take(shop, _taking(shop, card, order, 8890))  # ten cents would be left
    assert refused.value.field == "amount"
    with pytest.raises(DomainError, match="up to"):
        _take(shop, _taking(shop, card, order, 9000))
    _take(shop, _taking(shop, card, order, 4000))
    assert fresh(order).open == 4900 and shop.charged() == 4000


def test_a_decline_leaves_nothing_that_may_be_charged_by_itself(shop: Shop) -> None:
    bad, good, order = shop.method("pm_card_chargeCustomerFail"), shop.method(), shop.order()
    form = _taking(shop, bad, order)
    assert payment(_take(shop, form)).state == PaymentState.FAILED
    assert payment(_take(shop, form)).state == PaymentState.FAILED  # the same form asks the bank no second time
    assert Attempt.select().count() == 1 and covering(fresh(order)) is None
    assert payment(_take(shop, _taking(shop, good, order))).state == PaymentState.SUCCEEDED
    assert shop.charged() == 8900


def test_what_is_refused_asks_nothing_of_the_bank(shop: Shop) -> None:
    card, order = shop.method(), shop.order()
    stranger = factory.customer(factory.merchant())
    with pytest.raises(NotFound):
        take(merchant=stranger.merchant_id, taking=_taking(shop, card, order), staff=None)
    theirs = factory.order(stranger, 500)
    with pytest.raises(NotFound):
        _take(shop, _taking(shop, card, theirs))
    for wrong, field in (
        (_taking(shop, card, order, agreed=False), "agreed"),
        (_taking(shop, card, order, shares={}), "shares"),
    ):
        with pytest.raises(DomainError) as refused:
            _take(shop, wrong)
        assert refused.value.field == field
    again = _taking(shop, card, order, 500, seen={order.id: Money(9000, "USD")})
    with pytest.raises(AmountChanged):
        _take(shop, again)
    _take(shop, Taking(**{**vars(again), "seen": {order.id: Money(8900, "USD")}}))  # put right and sent again
    assert shop.charged() == 500 and Consent.get_by_id(again.handle).revoked_at is not None


def test_two_colleagues_at_once_charge_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    card, order = shop.method(), shop.order()
    first, second = _taking(shop, card, order), _taking(shop, card, order)
    monkeypatch.setattr(take_module, "_send", lambda _reserved: None)  # killed after the reserve
    _take(shop, first)
    with pytest.raises(Held) as held:
        _take(shop, second)
    assert held.value.payment == first.handle and _take(shop, first) == first.handle
    shop.pass_time(minutes=2)
    shop.work()  # a press that nobody followed up is given up: the person is not waiting any more
    assert payment(first.handle).state == PaymentState.CANCELLED and shop.charged() == 0
    monkeypatch.undo()
    assert _take(shop, first) == first.handle and shop.charged() == 0
    assert not Payment.select().where(Payment.id == second.handle).exists()


def test_killed_after_the_banks_yes_it_is_read_not_charged_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    card, order = shop.method(), shop.order()
    form = _taking(shop, card, order)

    def killed(*_args: Any, **_named: Any) -> None:
        raise SystemExit("killed between the answer and its record")

    monkeypatch.setattr(ask_module, "record_outcome", killed)
    with pytest.raises(SystemExit):
        _take(shop, form)
    monkeypatch.undo()
    assert shop.charged() == 8900 and fresh(order).open == 8900  # taken, and not known here yet
    assert _take(shop, form) == form.handle and shop.charged() == 8900
    with pytest.raises(Held):
        _take(shop, _taking(shop, card, order))
    for _step in range(3):
        shop.pass_time(minutes=2)
        shop.work()
    assert payment(form.handle).state == PaymentState.SUCCEEDED
    assert shop.charged() == 8900 and fresh(order).open == 0 and Attempt.select().count() == 1


def test_an_answer_that_was_lost_is_asked_about(shop: Shop) -> None:
    card, order = shop.method(), shop.order()
    shop.sandbox.control(fault={"mode": "timeout_after", "path": "/v1/payment_intents", "ends": "/confirm"})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_"})
    form = _taking(shop, card, order)
    assert payment(_take(shop, form)).state == PaymentState.OPEN
    assert _take(shop, form) == form.handle
    with pytest.raises(Held):
        _take(shop, _taking(shop, card, order))
    shop.sandbox.control(clear=True)
    for _step in range(3):
        shop.pass_time(minutes=5)
        shop.work()
    assert _take(shop, form) == form.handle and shop.charged() == 8900 and fresh(order).open == 0


def test_a_bank_account_needs_more_than_a_word(shop: Shop) -> None:
    bank, order = shop.method("pm_usBankAccount_success"), shop.order()
    with pytest.raises(DomainError, match="spoken word"):
        _take(shop, _taking(shop, bank, order))
    factory.consented(shop.customer, bank)
    early = shop.order(due=utc_now().date() + timedelta(days=9))
    with pytest.raises(DomainError, match="spoken word"):  # what was agreed to is a debit on the due day
        _take(shop, _taking(shop, bank, early))
    taken = payment(_take(shop, _taking(shop, bank, order)))
    assert taken.method_id == bank.id and not Consent.select().where(Consent.scope == ConsentScope.ONCE).exists()
