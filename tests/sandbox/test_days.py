"""Cards and accounts whose answer depends on the day or on a script."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
import stripe

from sandbox import banks, cards
from sandbox.inprocess import InProcess

MONDAY = "2026-11-23T10:00:00+00:00"


class Shop:
    """A customer and the SDK on a sandbox that stands at a Monday."""

    def __init__(self) -> None:
        self.sandbox = InProcess()
        self.sandbox.control(now=MONDAY)
        addresses: Any = {"api": "http://sandbox.invalid"}
        self.stripe = stripe.StripeClient("sk_test_d", base_addresses=addresses, http_client=self.sandbox.http()).v1
        self.customer = self.stripe.customers.create({"name": "Ada"}).id
        self._keys = count()

    def save(self, number: str) -> str:
        """Saves a method through the hosted page and answers its id."""
        bank = number in banks.BY_NUMBER
        visit = self.stripe.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": self.customer,
                "success_url": "http://shop/ok",
                "allowed_payment_method_types": ["us_bank_account" if bank else "card"],
            }
        )
        form = {"kind": "bank" if bank else "card", "number": number, "routing": banks.ROUTING}
        assert self.sandbox.app.test_client().post(f"/checkout/{visit.id}", data=form).status_code == 303
        return self.stripe.payment_methods.list({"customer": self.customer, "limit": 1}).data[0].id

    def pay(self, method: str) -> str:
        """Charges 5 dollars off session; answers the intent's id."""
        intent = self.stripe.payment_intents.create({"amount": 500, "currency": "usd", "customer": self.customer})
        try:
            self.stripe.payment_intents.confirm(intent.id, {"payment_method": method, "off_session": True})
        except stripe.CardError:
            pass
        except stripe.APIConnectionError:
            pass
        return intent.id

    def outcome(self, intent: str) -> str:
        """Status, or the reason why not."""
        read = self.stripe.payment_intents.retrieve(intent)
        error = read.last_payment_error
        return (error.decline_code or error.code or "") if error else read.status


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize("card", [card for card in cards.CARDS if card.authenticate == "never"], ids=lambda c: c.name)
def test_every_card_does_what_the_table_says(shop: Shop, card: cards.Card) -> None:
    expected = {
        "approve": "succeeded",
        "timeout_after": "succeeded",
        "timeout_before": "requires_payment_method",
    }.get(card.behaviour) or cards.DECLINES[card.behaviour].decline_code
    assert shop.outcome(shop.pay(shop.save(card.number))) == expected


def test_network_codes_come_along(shop: Shop) -> None:
    intent = shop.stripe.payment_intents.retrieve(shop.pay(shop.save(cards.BY_NAME["never_again"].number)))
    error = intent.last_payment_error
    assert error
    told = (error.network_decline_code, error.network_advice_code, error.advice_code)
    assert told == ("05", "03", "do_not_try_again")


def test_a_decline_clears_after_two_days(shop: Shop) -> None:
    card = shop.save(cards.BY_NAME["clears_in_two_days"].number)
    assert shop.outcome(shop.pay(card)) == "insufficient_funds"
    shop.sandbox.control(advance_days=1)
    assert shop.outcome(shop.pay(card)) == "insufficient_funds"
    shop.sandbox.control(advance_days=1)
    assert shop.outcome(shop.pay(card)) == "succeeded"


def test_once_confirmed_the_card_pays_unattended(shop: Shop) -> None:
    card = shop.save("4000002500003155")
    assert shop.outcome(shop.pay(card)) == "authentication_required"
    intent = shop.stripe.payment_intents.create({"amount": 500, "currency": "usd", "customer": shop.customer})
    asked = shop.stripe.payment_intents.confirm(intent.id, {"payment_method": card, "return_url": "http://shop/b"})
    assert asked.next_action and asked.next_action.redirect_to_url
    shop.sandbox.app.test_client().post(f"/authenticate/{intent.id}", data={"answer": "approve"})
    assert shop.outcome(intent.id) == shop.outcome(shop.pay(card)) == "succeeded"


def test_authenticated_and_still_no_money(shop: Shop) -> None:
    card = shop.save("4000008260003178")
    intent = shop.stripe.payment_intents.create({"amount": 500, "currency": "usd", "customer": shop.customer})
    shop.stripe.payment_intents.confirm(intent.id, {"payment_method": card, "return_url": "http://shop/b"})
    shop.sandbox.app.test_client().post(f"/authenticate/{intent.id}", data={"answer": "approve"})
    assert shop.outcome(intent.id) == "insufficient_funds"


def test_a_script_is_played_step_by_step(shop: Shop) -> None:
    card = shop.save("4242424242424242")
    shop.sandbox.control(behave=[{"method": card, "as": ["insufficient_funds", "do_not_honor"]}])
    assert [shop.outcome(shop.pay(card)) for _ in range(3)] == ["insufficient_funds", "do_not_honor", "succeeded"]
    shop.sandbox.control(behave=[{"method": card, "as": "lost_card", "times": 2}])
    assert [shop.outcome(shop.pay(card)) for _ in range(3)] == ["lost_card", "lost_card", "succeeded"]
    shop.sandbox.control(behave=[{"method": card, "as": "expired_card"}])
    assert [shop.outcome(shop.pay(card)) for _ in range(3)] == ["expired_card"] * 3
    shop.sandbox.control(behave=[{"method": card, "as": "own"}])
    assert shop.outcome(shop.pay(card)) == "succeeded"


def test_a_script_by_fingerprint_holds_for_the_same_card_saved_again(shop: Shop) -> None:
    method = shop.stripe.payment_methods.retrieve(shop.save("4242424242424242"))
    assert method.card
    shop.sandbox.control(behave=[{"method": method.card.fingerprint, "as": "stolen_card"}])
    assert shop.outcome(shop.pay(shop.save("4242424242424242"))) == "stolen_card"


def test_a_debit_settles_after_four_banking_days(shop: Shop) -> None:
    intent = shop.pay(shop.save("000123456789"))
    assert shop.outcome(intent) == "processing"
    shop.sandbox.control(now="2026-11-27T08:59:00+00:00")
    assert shop.outcome(intent) == "processing"
    shop.sandbox.control(now="2026-11-27T09:00:00+00:00")
    assert shop.outcome(intent) == "succeeded"


def test_a_weekend_is_no_banking_day(shop: Shop) -> None:
    shop.sandbox.control(now="2026-11-26T10:00:00+00:00")  # a Thursday
    intent = shop.pay(shop.save("000123456789"))
    shop.sandbox.control(now="2026-12-01T23:00:00+00:00")
    assert shop.outcome(intent) == "processing"
    shop.sandbox.control(now="2026-12-02T09:00:00+00:00")
    assert shop.outcome(intent) == "succeeded"


def test_a_returned_account_cannot_be_debited_again(shop: Shop) -> None:
    account = shop.save("000111111113")
    intent = shop.pay(account)
    shop.sandbox.control(advance_days=3)
    read = shop.stripe.payment_intents.retrieve(intent)
    assert read.last_payment_error and read.last_payment_error.network_decline_code == "R02"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.pay(account)
    assert refused.value.code == "bank_account_unusable"


def test_a_late_return_is_a_lost_dispute(shop: Shop) -> None:
    intent = shop.pay(shop.save("000555555559"))
    shop.sandbox.control(advance_days=7)
    assert shop.outcome(intent) == "succeeded"
    assert shop.stripe.disputes.list({"payment_intent": intent}).data == []
    shop.sandbox.control(advance_days=30)
    dispute = shop.stripe.disputes.list({"payment_intent": intent}).data[0]
    assert (dispute.status, dispute.network_reason_code, dispute.amount) == ("lost", "R10", 500)
    assert dispute.created < shop.sandbox.world.now() - 10 * 86400  # at its own day, not at the jump's end


def test_a_card_dispute_is_decided_by_command(shop: Shop) -> None:
    intent = shop.pay(shop.save("4000000000000259"))
    shop.sandbox.control(advance_days=1)
    dispute = shop.stripe.disputes.list({"payment_intent": intent}).data[0]
    assert dispute.status == "needs_response"
    shop.sandbox.control(disputes=[{"id": dispute.id, "status": "won"}])
    assert shop.stripe.disputes.retrieve(dispute.id).status == "won"


def test_a_refund_can_fail_later(shop: Shop) -> None:
    intent = shop.pay(shop.save("4000000000005126"))
    refund = shop.stripe.refunds.create({"payment_intent": intent, "amount": 200})
    shop.sandbox.control(advance_days=1)
    assert shop.stripe.refunds.retrieve(refund.id).status == "failed"
    assert shop.sandbox.charges()[0]["amount_refunded"] == 0


def test_a_visit_expires_after_a_day(shop: Shop) -> None:
    visit = shop.stripe.checkout.sessions.create(
        {"mode": "setup", "customer": shop.customer, "success_url": "http://shop/ok", "currency": "usd"}
    )
    shop.sandbox.control(advance_days=1.1)
    assert shop.stripe.checkout.sessions.retrieve(visit.id).status == "expired"
    page = shop.sandbox.app.test_client().get(f"/checkout/{visit.id}")
    assert "expired" in page.text
