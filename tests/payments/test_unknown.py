"""When the gateway is slow, down or wrong: nothing is charged twice, nothing is lost, and "unknown" ends."""

import pytest

from domain.payments import at_gateway
from domain.payments import press as press_module
from domain.payments.record import Outcome, record_outcome
from domain.payments.resolve import give_up, look
from domain.payments.states import CLOSED, NEXT, OPEN, IllegalTransition, sources
from kit.deadline import Deadline
from models.base import unit_of_work
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState, OrderHold, Payment, PaymentState, Receipt
from models.work import Event, Mail
from tests.payments.conftest import Shop, attempt_of, fresh, payment

S = AttemptState


def test_every_state_is_in_the_table_and_closed_ones_lead_nowhere() -> None:
    assert set(NEXT) == OPEN
    assert not OPEN & CLOSED
    assert all(sources(state) for state in set(S) - {S.RESERVED})
    with pytest.raises(IllegalTransition):
        sources(S.RESERVED)


@pytest.mark.parametrize("fault", ["timeout_after", "http_500_after"])
def test_case_34_an_answer_lost_after_the_charge_is_found_by_reading(shop: Shop, fault: str) -> None:
    order, card = shop.order(), shop.method()
    shop.sandbox.control(fault={"mode": fault, "path": "/v1/payment_intents", "ends": "/confirm"})
    paid = shop.press(card, order)
    shop.sandbox.control(fault=None)
    shop.pass_time(seconds=4)
    shop.work()
    assert (payment(paid).state, fresh(order).open, shop.charged()) == (PaymentState.SUCCEEDED, 0, 8900)
    assert (Receipt.select().count(), Mail.select().count(), Attempt.select().count()) == (1, 1, 1)


def test_case_35_unknown_holds_the_order_until_the_gateway_can_be_asked(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    shop.sandbox.control(fault={"mode": "timeout_after", "path": "/v1/payment_intents", "ends": "/confirm"})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_"})
    asked = shop.press(card, order)
    assert attempt_of(asked).state == S.UNKNOWN
    for _ in range(3):
        shop.pass_time(seconds=30)
        shop.work()
        assert (attempt_of(asked).state, OrderHold.select().count()) == (S.UNKNOWN, 1)
    shop.sandbox.control(clear=True)
    shop.pass_time(minutes=10)
    shop.work()
    assert (attempt_of(asked).state, shop.charged(), fresh(order).open) == (S.SUCCEEDED, 8900, 0)


def test_unknown_for_a_day_goes_to_a_person_and_the_gateways_word_still_counts(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    shop.sandbox.control(fault={"mode": "timeout_after", "path": "/v1/payment_intents", "ends": "/confirm"})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_"})
    asked = shop.press(card, order)
    for _ in range(12):
        shop.pass_time(hours=3)
        shop.work()
    assert attempt_of(asked).state == S.REVIEW
    assert Event.select().where(Event.kind == "attempt.needs_a_person").count() == 1
    shop.sandbox.control(clear=True)
    shop.pass_time(days=1)
    shop.work()
    assert (attempt_of(asked).state, fresh(order).open, shop.charged()) == (S.SUCCEEDED, 0, 8900)


@pytest.mark.parametrize("fault", ["down", "timeout_before", "garbage", "rate_limit", "http_500", "wrong_amount"])
def test_when_no_intent_can_be_made_nothing_was_taken_and_the_order_stays_payable(shop: Shop, fault: str) -> None:
    order, card = shop.order(), shop.method()
    shop.sandbox.control(fault={"mode": fault, "path": "/v1/payment_intents"})
    asked = shop.press(card, order)
    assert (payment(asked).state, OrderHold.select().count()) == (PaymentState.CANCELLED, 0)
    shop.sandbox.control(clear=True)
    shop.press(card, order)
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_a_refused_create_is_a_bug_of_ours_and_says_so(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    PaymentMethod.update(gateway_customer="cus_nobody").where(PaymentMethod.id == card.id).execute()
    asked = shop.press(card, order)
    assert (attempt_of(asked).state, OrderHold.select().count()) == (S.FAILED_BUG, 0)


def test_a_press_left_to_a_worker_is_asked_by_it_and_given_up_after_a_minute(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, card = shop.order(), shop.method()
    monkeypatch.setattr(press_module, "_send", lambda reserved: None)  # no web thread had a turn
    asked = shop.press(card, order)
    look(attempt_of(asked).id)
    assert payment(asked).state == PaymentState.SUCCEEDED
    late = shop.press(card, shop.order(500))
    shop.pass_time(seconds=61)
    look(attempt_of(late).id)
    assert (attempt_of(late).state, shop.charged()) == (S.CANCELLED, 8900)


def test_a_sender_that_died_before_its_id_was_stored_took_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order, card = shop.order(), shop.method()
    monkeypatch.setattr(press_module, "_send", lambda reserved: None)
    asked = shop.press(card, order)
    attempt = attempt_of(asked)
    from domain.payments import ask

    armed = ask._arm(attempt.id)
    assert armed is not None
    epoch = armed.epoch
    shop.pass_time(seconds=61)
    shop.work()
    assert (attempt_of(asked).state, OrderHold.select().count()) == (S.CANCELLED, 0)
    gateway = at_gateway.gateway_for(attempt.gateway_account)
    with pytest.raises(ask.Fenced):  # the late thread makes its intent and cannot store it
        ask._create(gateway, attempt, epoch, Deadline.within(5))
    assert shop.charged() == 0


def test_a_sender_that_stalled_past_its_lease_does_not_charge_after_it_was_given_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, card = shop.order(), shop.method()
    monkeypatch.setattr(press_module, "_send", lambda reserved: None)
    asked = shop.press(card, order)
    from domain.payments import ask

    attempt = attempt_of(asked)
    armed = ask._arm(attempt.id)
    assert armed is not None
    epoch = armed.epoch
    gateway = at_gateway.gateway_for(attempt.gateway_account)
    intent = ask._create(gateway, attempt, epoch, Deadline.within(5))
    assert intent is not None
    shop.pass_time(seconds=61)
    shop.work()  # the sweeper reads, cancels at the gateway, and closes
    assert attempt_of(asked).state == S.CANCELLED
    with pytest.raises(ask.Fenced):
        ask._confirm(gateway, attempt, epoch, intent.id, Deadline.within(5))
    gone = gateway.confirm_intent  # even a thread past its last look is stopped: the fence is at the gateway
    from integrations.gateways.base import GatewayError

    with pytest.raises(GatewayError):
        gone(intent.id, key="late", method=card.gateway_ref, off_session=True, return_url=None,
             deadline=Deadline.within(5))  # fmt: skip
    monkeypatch.undo()
    shop.press(card, order)
    assert shop.charged() == 8900


def test_case_36_another_card_only_after_the_first_intent_is_cancelled(shop: Shop) -> None:
    order, card = shop.order(), shop.method("pm_card_authenticationRequired")
    waiting = shop.press(card, order)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents"})
    give_up(attempt_of(waiting).id, deadline=Deadline.within(5))
    assert (attempt_of(waiting).state, OrderHold.select().count()) == (S.UNKNOWN, 1)
    shop.sandbox.control(clear=True)
    shop.pass_time(minutes=1)
    shop.work()
    assert attempt_of(waiting).state == S.REQUIRES_ACTION
    give_up(attempt_of(waiting).id, deadline=Deadline.within(5))
    assert attempt_of(waiting).state == S.CANCELLED
    shop.press(shop.method(), order)
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_a_confirmation_that_never_comes_expires_after_half_an_hour(shop: Shop) -> None:
    order, card = shop.order(), shop.method("pm_card_authenticationRequired")
    waiting = shop.press(card, order)
    shop.pass_time(minutes=29)
    shop.work()
    assert attempt_of(waiting).state == S.REQUIRES_ACTION
    shop.pass_time(minutes=2)
    shop.work()
    assert (attempt_of(waiting).state, payment(waiting).state) == (S.EXPIRED, PaymentState.CANCELLED)
    shop.press(shop.method(), order)
    assert fresh(order).open == 0


def test_case_37_the_same_outcome_again_or_late_changes_nothing(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    paid = shop.press(card, order)
    attempt = attempt_of(paid)
    for state in (S.SUCCEEDED, S.UNKNOWN, S.FAILED, S.CANCELLED, S.PENDING):
        assert record_outcome(attempt.id, Outcome(state)) is False
    look(attempt.id)
    assert (attempt_of(paid).state, Receipt.select().count(), Mail.select().count()) == (S.SUCCEEDED, 1, 1)


def test_a_bank_debit_is_pending_closes_the_order_and_becomes_final(shop: Shop) -> None:
    order, account = shop.order(), shop.method("pm_usBankAccount_success")
    asked = shop.press(account, order)
    attempt = attempt_of(asked)
    assert (attempt.state, str(attempt.final_on)) == (S.PENDING, "2026-11-30")  # Thanksgiving is no banking day
    assert [mail.template for mail in Mail.select()] == ["bank_debit_on_its_way"]
    shop.pass_time(days=8)
    shop.work()
    assert (attempt_of(asked).state, fresh(order).open) == (S.SUCCEEDED, 0)


def test_money_for_an_order_that_closed_meanwhile_becomes_the_customers_credit(shop: Shop) -> None:
    from models.ledger import Posting
    from models.orders import Adjustment, AdjustmentKind, Order

    order, account = shop.order(), shop.method("pm_usBankAccount_success")
    shop.press(account, order)
    with unit_of_work():  # the merchant writes a part off while the debit is on its way
        Adjustment.create(order=order, kind=AdjustmentKind.VOID, amount=900, created_at=shop.clock.at)
        Order.update(adjusted=900, open=8000).where(Order.id == order.id).execute()
    shop.pass_time(days=8)
    shop.work()
    credit = Posting.get(Posting.account == f"credit:{shop.customer.id}")
    assert (fresh(order).open, fresh(order).paid, credit.amount) == (0, 8000, -900)


def test_the_gateway_is_never_called_inside_a_unit_of_work(shop: Shop) -> None:
    account = shop.method().gateway_account
    with unit_of_work(), pytest.raises(RuntimeError, match="never called inside"):
        at_gateway.gateway_for(account)


def test_nothing_is_left_open(shop: Shop) -> None:
    shop.press(shop.method(), shop.order())
    assert Payment.select().where(Payment.state == PaymentState.OPEN).count() == 0
    assert Attempt.select().where(Attempt.next_look_at.is_null(False)).count() == 0
