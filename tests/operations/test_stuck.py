"""Stuck money: nothing is closed while the processor may still take it, and whatever is decided is decided once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.operations.stuck import decide, differences, refunds, terms
from domain.operations.stuck.evidence import Asked, ask_about_attempt, ask_about_refund
from domain.operations.stuck.queries import Shelf, page_of, sums
from domain.operations.stuck.terms import Decided, Said
from domain.payments import resolve
from domain.reconciliation.differences import all_open
from domain.reconciliation.run import CHARGES_BACK, accounts, reconcile
from integrations.gateways.base import IntentStatus
from kit import config
from kit.clock import utc_now
from kit.errors import DomainError
from kit.ids import uuid7
from kit.money import Money
from models.merchants import GatewayAccount
from models.operations import Decision, Evidence, OperatorAct
from models.orders import Collect, Order
from models.payments import Attempt, AttemptState, OrderHold, PlannedTry, Refund, RefundState, TryState
from models.work import Event
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh, shop  # noqa: F401 - a fixture
from tests.refunds.conftest import Counter, one_store

S = AttemptState
CONFIRM = {"path": "/v1/payment_intents", "ends": "/confirm"}
READ = {"path": "/v1/payment_intents/pi_"}


@dataclass
class Desk:
    """An operator at the desk, and a shop whose processor falls silent."""

    shop: Shop
    staff: UUID

    def lost(self, mode: str, *, order: Order | None = None, days: float = 2) -> Attempt:
        """An attempt of which nobody knows for days; with `timeout_after` the money was taken."""
        order = order or self.shop.order()
        self.control(fault={"mode": mode, **CONFIRM})
        self.control(fault={"mode": "down", **READ})
        payment = self.shop.press(self.shop.method(), order)
        for _ in range(12):
            self.shop.pass_time(days=days / 12)
            self.shop.work()
        assert attempt_of(payment).state == S.REVIEW
        return attempt_of(payment)

    def control(self, **wish: Any) -> None:
        self.shop.sandbox.control(**wish)

    def forget(self, attempt: Attempt) -> None:
        """The processor has no such intent."""
        self.shop.sandbox.world.store.remove(str(attempt.gateway_ref))

    def ask(self, attempt: Attempt) -> Asked:
        return ask_about_attempt(attempt=attempt.id, staff=self.staff)

    def close(self, attempt: Attempt, handle: UUID | None = None, **more: Any) -> AttemptState:
        return decide.close_not_taken(
            attempt=attempt.id, staff=self.staff, reason="asked Stripe", handle=handle or uuid7(), **more
        )

    def cancel(self, attempt: Attempt, handle: UUID | None = None) -> AttemptState:
        return decide.cancel_at_processor(
            attempt=attempt.id, staff=self.staff, reason="the customer waits", handle=handle or uuid7()
        )

    def refused(self, attempt: Attempt, words: str, **more: Any) -> None:
        """Closing it is refused with these words, and leaves nothing behind."""
        with pytest.raises(DomainError, match=words):
            self.close(attempt, **more)
        assert (fresh(attempt).state, OperatorAct.select().count()) == (attempt.state, 0)


@pytest.fixture
def desk(shop: Shop) -> Desk:  # noqa: F811
    return Desk(shop, factory.staff(operator=True).id)


@pytest.mark.parametrize("said", [*IntentStatus, *Said])
def test_only_two_answers_close_an_attempt_and_no_key_needs_more(said: str) -> None:
    now = utc_now()
    facts = terms.Facts(S.REVIEW, now - timedelta(days=2), leased=False, said=said, asked_at=now - terms.FRESH)
    closing = {IntentStatus.CANCELED, Said.NO_SUCH, Said.NEVER_ASKED, Said.KEY_REFUSED, Said.KEY_UNREADABLE}
    assert (terms.against_closing(facts, now) is None) == (said in closing)
    assert terms.against_closing(replace(facts, leased=True), now) is terms.Why.BUSY
    assert terms.against_closing(facts, now + timedelta(seconds=1)) is terms.Why.STALE
    assert (terms.against_cancelling(facts, now) is None) == said.startswith("requires_")


def test_the_processors_word_is_kept_and_recorded(desk: Desk) -> None:
    order = desk.shop.order()
    attempt = desk.lost("timeout_after", order=order)
    assert desk.ask(attempt).said == Said.NO_ANSWER
    desk.refused(attempt, "No answer is not a no")
    desk.control(clear=True)
    heard = desk.ask(attempt)
    assert (heard.said, heard.captured, heard.ours, fresh(attempt).state) == ("succeeded", 8900, S.REVIEW, S.SUCCEEDED)
    assert (fresh(order).open, desk.shop.charged()) == (0, 8900)
    with pytest.raises(DomainError, match="settled already"):
        desk.close(attempt)
    assert desk.ask(attempt).said == "succeeded", "of a closed one only the answer is kept"


def test_an_intent_that_is_alive_is_cancelled_there_and_never_closed_here(desk: Desk) -> None:
    order = desk.shop.order()
    attempt = desk.lost("timeout_before", order=order)
    desk.refused(attempt, "Ask the processor first")
    desk.control(clear=True)
    desk.control(fault={"mode": "down", "path": "/v1/payment_intents", "ends": "/cancel"})
    assert desk.ask(attempt).said == "requires_payment_method"
    assert fresh(attempt).next_look_at == utc_now() + timedelta(days=1), (
        "an answer that settles nothing changes nothing"
    )
    desk.refused(attempt, "still has it open")
    handle = uuid7()
    assert desk.cancel(attempt, handle) == S.REVIEW, "the processor did not cancel: nothing is recorded"
    assert OrderHold.select().where(OrderHold.order == order).exists()
    desk.control(clear=True)
    assert (desk.ask(attempt).said, fresh(attempt).state) == ("requires_payment_method", S.CANCELLED)
    assert desk.cancel(attempt, handle) == S.CANCELLED, "the same form again finds what was done"
    assert (Decision.select().count(), OperatorAct.select().count()) == (1, 1)
    desk.shop.press(desk.shop.method(), order)
    assert (fresh(order).open, desk.shop.charged()) == (0, 8900)


def test_a_person_cancels_what_waits_for_the_customers_bank(desk: Desk) -> None:
    order, three = desk.shop.order(), desk.shop.method("pm_card_authenticationRequired")
    payment = desk.shop.press(three, order)
    attempt = attempt_of(payment)
    assert attempt.state == S.REQUIRES_ACTION
    Attempt.update(state=S.REVIEW).where(Attempt.id == attempt.id).execute()
    desk.control(fault={"mode": "wrong_amount", **READ})  # what it says is not about our question: nothing is recorded
    assert desk.ask(attempt).said == "requires_action"
    desk.control(clear=True)
    assert (fresh(attempt).state, desk.cancel(attempt)) == (S.REVIEW, S.CANCELLED)
    with pytest.raises(DomainError, match="settled already"):
        desk.cancel(attempt)
    assert Decision.get().led_to == S.CANCELLED


def test_what_the_processor_does_not_have_is_closed_once_and_can_be_paid_again(desk: Desk) -> None:
    order = desk.shop.order()
    attempt = desk.lost("timeout_before", order=order)
    desk.control(clear=True)
    desk.forget(attempt)
    assert desk.ask(attempt).said == Said.NO_SUCH
    assert fresh(attempt).state == S.REVIEW, "that is for a person to judge"
    desk.shop.pass_time(minutes=11)
    desk.refused(attempt, "older than ten minutes")
    desk.ask(attempt)
    with pytest.raises(DomainError) as nothing_said:
        decide.close_not_taken(attempt=attempt.id, staff=desk.staff, reason=" ", handle=uuid7())
    assert nothing_said.value.field == "reason"
    handle = uuid7()
    assert [desk.close(attempt, handle), desk.close(attempt, handle)] == [S.CANCELLED, S.CANCELLED]
    with pytest.raises(DomainError, match="settled already"):
        desk.close(attempt)
    told = Event.get(Event.kind == "attempt.closed_by_hand")
    assert (told.actor, told.actor_id, Said.NO_SUCH in told.facts) == ("operator", str(desk.staff), True)
    assert (Decision.get().what, OperatorAct.select().count()) == (Decided.NOT_TAKEN, 1)
    desk.shop.press(desk.shop.method(), order)
    assert (fresh(order).open, desk.shop.charged()) == (0, 8900)


def test_two_operators_at_once_decide_once(desk: Desk) -> None:
    attempt = desk.lost("timeout_before")
    desk.control(clear=True)
    desk.forget(attempt)
    desk.ask(attempt)
    refused: list[str] = []

    def close() -> None:
        try:
            desk.close(attempt)
        except DomainError as problem:
            refused.append(problem.sentence)

    both = [threading.Thread(target=close) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    assert (len(refused), Decision.select().count(), fresh(attempt).state) == (1, 1, S.CANCELLED)
    assert Event.select().where(Event.kind == "attempt.closed_by_hand").count() == 1


def test_what_is_still_asked_about_is_not_closed(desk: Desk) -> None:
    desk.control(fault={"mode": "timeout_before", **CONFIRM})
    desk.control(fault={"mode": "down", **READ})
    attempt = attempt_of(desk.shop.press(desk.shop.method(), desk.shop.order()))
    desk.control(clear=True)
    desk.forget(attempt)
    desk.ask(attempt)
    desk.refused(fresh(attempt), "still being asked about")
    at = decide.keep_waiting(
        attempt=attempt.id, staff=desk.staff, reason="an hour old", handle=uuid7(), wait=timedelta(days=1)
    )
    assert at is not None and at < utc_now() + timedelta(minutes=1), "never later than by itself"


def test_a_lost_key_asks_for_the_amount_and_money_that_shows_up_later_is_raised(desk: Desk) -> None:
    card = desk.shop.method()
    under = factory.consented(desk.shop.customer, card)
    order = factory.automatic(desk.shop.customer, card, under)
    desk.control(fault={"mode": "timeout_after", **CONFIRM})
    desk.control(fault={"mode": "down", **READ})
    for _ in range(12):
        desk.shop.work()
        desk.shop.pass_time(hours=6)
    attempt = Attempt.get()
    assert attempt.state == S.REVIEW
    desk.control(clear=True)
    whole = config.settings()
    config.use(replace(whole, secret_key="x" * 40))
    assert desk.ask(attempt).said == Said.KEY_UNREADABLE
    desk.refused(attempt, "type the amount")
    desk.refused(attempt, "type the amount", typed=Money(8901, "USD"))
    config.use(whole)
    desk.refused(attempt, "older than the account’s key", typed=Money(8900, "USD"))
    config.use(replace(whole, secret_key="x" * 40))
    assert desk.close(attempt, typed=Money(8900, "USD")) == S.CANCELLED
    assert (fresh(order).collect, fresh(order).collect_at) == (Collect.MANUAL, None), "the clock does not charge again"
    config.use(whole)
    for _ in range(6):
        desk.shop.pass_time(days=1)
        desk.shop.work()
    assert desk.shop.charged() == 8900
    GatewayAccount.update(active=False).execute()
    assert accounts() == [attempt.gateway_account_id], "retired, and still compared"
    assert reconcile(attempt.gateway_account_id, utc_now() - CHARGES_BACK).raised == 1
    assert [(each.kind, each.reference) for each in all_open()] == [("captured_not_booked", attempt.gateway_ref)]


@one_store
def test_a_lost_key_stops_the_clock_for_what_a_person_pressed_too(desk: Desk) -> None:
    card = desk.shop.method("pm_card_chargeCustomerFail")
    under = factory.consented(desk.shop.customer, card)
    order = factory.automatic(desk.shop.customer, card, under)
    desk.shop.pass_time(hours=6)
    desk.shop.work()
    planned = PlannedTry.select().where(PlannedTry.state == TryState.PLANNED)
    assert planned.count() == 1, "declined: the clock will try again"
    attempt = desk.lost("timeout_after", order=order)
    desk.control(clear=True)
    config.use(replace(config.settings(), secret_key="x" * 40))
    desk.ask(attempt)
    assert desk.close(attempt, typed=Money(8900, "USD")) == S.CANCELLED
    assert (fresh(order).collect, planned.count(), desk.shop.charged()) == (Collect.MANUAL, 0, 8900)


def test_a_kill_between_asking_and_recording_leaves_it_askable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = desk.lost("timeout_after")
    desk.control(clear=True)
    monkeypatch.setattr(resolve, "judge", _killed)
    with pytest.raises(KeyboardInterrupt):
        desk.ask(attempt)
    monkeypatch.undo()
    assert (Evidence.get().said, fresh(attempt).state) == ("succeeded", S.REVIEW)
    with pytest.raises(DomainError, match="asking the processor just now"):
        desk.ask(attempt)
    desk.refused(fresh(attempt), "asking the processor just now")
    desk.shop.pass_time(seconds=61)
    desk.ask(attempt)
    assert fresh(attempt).state == S.SUCCEEDED


def _killed(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_refund_that_was_never_made_is_closed_and_taken_up_when_it_shows_up(desk: Desk) -> None:
    counter = Counter(desk.shop)
    payment = counter.paid(desk.shop.order())
    counter.fault("timeout_after", times=None)
    row = counter.refund(payment, 8900)
    counter.control(clear=True)
    there = counter.gateway_refunds(payment)[0]["id"]
    counter.control(fault={"mode": "down", "path": "/v1/refunds"})
    for _ in range(12):
        desk.shop.pass_time(hours=3)
        desk.shop.work()
        ask_about_refund(refund=row.id, staff=desk.staff)
    assert fresh(row).state == RefundState.REVIEW
    values = {"refund": row.id, "staff": desk.staff, "reason": "asked Stripe"}
    with pytest.raises(DomainError, match="No answer is not a no"):
        refunds.close_never_made(**values, handle=uuid7())
    counter.control(clear=True)
    counter.spoil(there, metadata={})  # the processor's list does not show it as ours
    assert ask_about_refund(refund=row.id, staff=desk.staff).said == Said.NO_SUCH
    handle = uuid7()
    closed = [refunds.close_never_made(**values, handle=handle) for _ in range(2)]
    assert (closed, OperatorAct.select().count()) == ([RefundState.FAILED] * 2, 1)
    reconcile(counter.account.id, utc_now() - CHARGES_BACK)
    given = Refund.select().where(Refund.state == RefundState.SUCCEEDED)
    assert [each.amount for each in given] == [8900], "the money is gone, so the books say it"


def test_a_difference_settled_by_hand_comes_back_while_a_run_sees_it(desk: Desk) -> None:
    attempt = desk.lost("timeout_after")
    desk.control(clear=True)
    Attempt.update(amount=8800).where(Attempt.id == attempt.id).execute()  # it says succeeded, and is not our question
    run = (attempt.gateway_account_id, utc_now() - CHARGES_BACK)
    assert reconcile(*run).raised == 1
    line = page_of(Shelf.DIFFERENCES, utc_now()).lines[0]
    assert sums(utc_now())[Shelf.DIFFERENCES].count == 1
    handle = uuid7()
    for _ in range(2):
        differences.settle_by_hand(difference=line.id, staff=desk.staff, reason="refunded at Stripe", handle=handle)
    assert (all_open(), Decision.select().count()) == ([], 1)
    assert reconcile(*run).raised == 1
    assert not differences.look_again(difference=line.id, staff=desk.staff)
    Attempt.update(amount=8900).where(Attempt.id == attempt.id).execute()
    desk.shop.pass_time(minutes=2)
    assert differences.look_again(difference=line.id, staff=desk.staff), "what can be healed is healed, and it is gone"
    assert (all_open(), fresh(attempt).state) == ([], S.SUCCEEDED)


def test_the_list_shows_what_waits_for_a_person_first_and_one_merchants_alone(desk: Desk) -> None:
    old = desk.lost("timeout_before", order=desk.shop.order(1200))
    desk.control(clear=True)
    desk.control(fault={"mode": "timeout_before", **CONFIRM})
    desk.control(fault={"mode": "down", **READ})
    young = attempt_of(desk.shop.press(desk.shop.method(), desk.shop.order()))
    page, found = page_of(Shelf.PAYMENTS, utc_now()), sums(utc_now())[Shelf.PAYMENTS]
    assert [line.id for line in page.lines] == [old.id, young.id]
    assert (found.count, found.for_a_person, found.totals) == (2, 1, (Money(10100, "USD"),))
    other = factory.merchant().id
    theirs = sums(utc_now(), merchant=other)[Shelf.PAYMENTS]
    assert (page_of(Shelf.PAYMENTS, utc_now(), merchant=other).lines, theirs.count) == ((), 0)
    assert page_of(Shelf.REFUNDS, utc_now()).lines == page_of(Shelf.REFUSED, utc_now()).lines == ()
