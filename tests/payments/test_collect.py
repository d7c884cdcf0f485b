"""The clock collects under a live consent, a recovery goes through its plan, and a person's own payment ends it."""

from datetime import UTC, datetime

import pytest

from domain.events.record import Actor
from domain.merchants.policy import change_policy
from domain.methods import consent as consents
from domain.orders.owed import Standing, outstanding
from domain.payments import at_gateway
from domain.payments.collect import collect_due, make_try
from models.merchants import GatewayAccount
from models.methods import ConsentScope, MethodState, PaymentMethod
from models.orders import Collect
from models.payments import (
    Attempt,
    OrderHold,
    Payment,
    PlannedTry,
    RecoveredBy,
    Recovery,
    RecoveryState,
    TryState,
)
from models.work import Mail
from tests import factory
from tests.payments.conftest import Shop, fresh

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


def _due_today(shop: Shop, token: str = "pm_card_visa", total: int = 8900):
    """An automatic order that the clock may collect: 9:00 in New York has passed at 14:00 UTC."""
    card = shop.method(token)
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), total)
    shop.clock.set(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    shop.sandbox.control(now=shop.clock.at.isoformat())
    return order, card


def _policy(shop: Shop, **changes: object) -> None:
    change_policy(merchant=shop.customer.merchant_id, actor=Actor.STAFF, **changes)


def _templates() -> list[str]:
    return [mail.template for mail in Mail.select().order_by(Mail.created_at, Mail.id)]


def test_an_automatic_order_is_collected_on_its_day_at_the_merchants_hour(shop: Shop) -> None:
    card = shop.method()
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    assert (shop.work(), fresh(order).open) == (0, 8900)  # it is 7 in the morning in New York
    shop.pass_time(hours=2)
    shop.work()
    assert (fresh(order).open, shop.charged(), _templates()) == (0, 8900, ["receipt"])


def test_case_79_a_job_that_runs_twice_charges_once(shop: Shop) -> None:
    order, _card = _due_today(shop)
    collect_due(order.id)
    collect_due(order.id)
    assert (Payment.select().count(), shop.charged()) == (1, 8900)


def test_case_39_a_soft_decline_opens_a_recovery_and_says_what_comes_next(shop: Shop) -> None:
    _order, _card = _due_today(shop, FUNDS)
    shop.work()
    recovery = Recovery.get()
    planned = PlannedTry.get()
    assert (recovery.state, recovery.reason) == (RecoveryState.OPEN, "insufficient_funds")
    assert planned.due_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # tomorrow, 9:00 in New York
    assert (planned.probability, planned.rule, planned.reason) == (
        "1", "policy", "Try 1 of 8: the policy's day 1 is 2026-11-24."
    )  # fmt: skip
    assert _templates() == ["payment_failed"]
    view = outstanding(shop.customer.id)[0]
    assert (view.standing, view.failure is not None) == (Standing.OWED, True)


def test_the_plan_ends_after_its_tries_and_the_person_can_still_pay(shop: Shop) -> None:
    _policy(shop, tries=3, spacing=(1, 3, 7))
    order, _card = _due_today(shop, FUNDS)
    shop.work()
    for _day in range(9):
        shop.pass_time(days=1)
        shop.work()
    assert (Attempt.select().count(), PlannedTry.select().where(PlannedTry.state == TryState.MADE).count()) == (4, 3)
    assert Recovery.get().state == RecoveryState.EXHAUSTED
    shop.press(shop.method(), order)
    closed = Recovery.get()
    assert (closed.state, closed.by, fresh(order).open) == (RecoveryState.RECOVERED, RecoveredBy.CUSTOMER, 0)


def test_declined_twice_then_it_comes_back_by_itself(shop: Shop) -> None:
    order, card = _due_today(shop, FUNDS)
    shop.work()
    shop.pass_time(days=1)
    shop.work()
    shop.sandbox.control(behave=[{"method": card.gateway_ref, "as": "approve"}])
    shop.pass_time(days=3)  # Friday: a payday
    shop.work()
    closed = Recovery.get()
    assert (closed.state, closed.by, fresh(order).open) == (RecoveryState.RECOVERED, RecoveredBy.RETRY, 0)
    assert shop.charged() == 8900


def test_case_40_a_hard_decline_stops_every_automatic_try_on_that_card(shop: Shop) -> None:
    _order, card = _due_today(shop, "pm_card_visa_chargeDeclinedLostCard")
    shop.work()
    for _day in range(9):
        shop.pass_time(days=1)
        shop.work()
    assert (Attempt.select().count(), PlannedTry.select().count(), fresh(card).state) == (1, 0, MethodState.DECLINED)
    assert _templates() == ["payment_failed"]


def test_case_41_the_bank_wants_the_person_so_a_link_is_sent_and_nothing_is_retried(shop: Shop) -> None:
    order, card = _due_today(shop, "pm_card_authenticationRequired")
    shop.work()
    assert (_templates(), PlannedTry.select().count()) == (["confirm_at_bank"], 0)
    assert (fresh(card).state, fresh(order).open) == (MethodState.USABLE, 8900)


def test_case_33_a_person_who_pays_first_leaves_nothing_for_the_clock(shop: Shop) -> None:
    order, _card = _due_today(shop, FUNDS)
    shop.work()
    shop.press(shop.method(), order)
    planned = PlannedTry.get()
    assert planned.state == TryState.DROPPED
    shop.pass_time(days=1)
    make_try(planned.id)
    assert (shop.charged(), Recovery.get().by) == (8900, RecoveredBy.CUSTOMER)


def test_the_clock_waits_while_a_person_is_confirming_at_the_bank(shop: Shop) -> None:
    order, _card = _due_today(shop)
    shop.press(shop.method("pm_card_authenticationRequired"), order)
    collect_due(order.id)
    assert (OrderHold.select().count(), Attempt.select().count()) == (1, 1)
    assert fresh(order).collect_at > shop.clock.at


def test_nothing_is_charged_without_a_live_consent_for_this_very_method(shop: Shop) -> None:
    order, _card = _due_today(shop)
    consents.revoke(customer=shop.customer.id, consent=order.consent_id)
    shop.work()
    assert (Payment.select().count(), fresh(order).collect, fresh(order).open) == (0, Collect.MANUAL, 8900)


def test_a_consent_for_one_order_covers_no_other(shop: Shop) -> None:
    card = shop.method()
    first = factory.consented(shop.customer, card, ConsentScope.ORDER)
    order = factory.automatic(shop.customer, card, first)
    other = factory.order(shop.customer, 500, collect=Collect.MANUAL)
    assert consents.covering(fresh(order)) is not None
    assert consents.covering(other) is None


def test_a_stranger_cannot_revoke_anothers_consent(shop: Shop) -> None:
    order, _card = _due_today(shop)
    stranger = factory.customer(factory.merchant())
    assert consents.revoke(customer=stranger.id, consent=order.consent_id) is False


def test_case_61_an_outage_is_no_decline_and_is_tried_again_on_a_short_ladder(shop: Shop) -> None:
    order, _card = _due_today(shop)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/"})
    shop.work()
    assert (Recovery.select().count(), Mail.select().count()) == (0, 0)
    assert (fresh(order).collect_at - shop.clock.at).total_seconds() == 300
    shop.sandbox.control(clear=True)
    shop.pass_time(minutes=6)
    shop.work()
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_an_outage_during_a_retry_plans_the_same_try_again(shop: Shop) -> None:
    order, card = _due_today(shop, FUNDS)
    shop.work()
    shop.pass_time(days=1)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/"})
    shop.work()
    shop.sandbox.control(clear=True)
    shop.sandbox.control(behave=[{"method": card.gateway_ref, "as": "approve"}])
    shop.pass_time(minutes=6)
    shop.work()
    assert (fresh(order).open, Recovery.get().by) == (0, RecoveredBy.RETRY)


def test_case_43_the_networks_ceiling_holds_for_the_clock_and_for_people(shop: Shop) -> None:
    card = shop.method(FUNDS)
    for _n in range(20):
        shop.press(card, shop.order(100))
    from domain.payments.reserve import Ceiling

    with pytest.raises(Ceiling, match="another card"):
        shop.press(card, shop.order(100))
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), 100)
    shop.pass_time(hours=3)
    shop.work()
    assert (Attempt.select().count(), fresh(order).collect) == (20, Collect.MANUAL)


def test_a_pending_debit_that_comes_back_reopens_the_order_and_blocks_the_account(shop: Shop) -> None:
    order, account = shop.order(), shop.method("pm_usBankAccount_accountClosed")
    shop.press(account, order)
    shop.pass_time(days=8)
    shop.work()
    assert (fresh(order).open, fresh(account).state, shop.charged()) == (8900, MethodState.BLOCKED, 0)
    assert "payment_failed" in _templates()


def test_two_merchants_gateway_accounts_never_mix(shop: Shop) -> None:
    other = factory.customer(factory.merchant())
    theirs = factory.method(other)
    assert GatewayAccount.select().count() == 2
    mine = at_gateway.active_account(shop.customer.merchant_id)
    assert mine is not None
    assert mine.id != theirs.gateway_account_id
    assert PaymentMethod.select().where(PaymentMethod.customer == shop.customer).count() == 0
