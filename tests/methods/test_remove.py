"""Removing a payment method: what holds it back, what must be chosen first, and that the processor forgets it."""

from __future__ import annotations

from datetime import date

import pytest

from domain.methods.backup import switch_on
from domain.methods.consent import revoke
from domain.methods.forget import forget
from domain.methods.queries import authorizations, methods_of
from domain.methods.remove import removal, remove
from domain.payments.collect import collect_due
from domain.work.wake import Work
from kit.errors import Conflict, DomainError, NotFound
from models.methods import ConsentScope, Mandate, MethodState, PaymentMethod
from models.orders import Order
from models.payments import Attempt, AttemptState, Promise, PromiseState
from models.work import Mail
from sandbox.inprocess import InProcess
from tests import factory
from tests.methods.conftest import Wallet, fresh, live
from tests.payments.conftest import Shop, shop  # noqa: F401 - a fixture
from tests.recoveries.test_promises import says
from tests.recoveries.test_recoveries import fails, live_on


def known_to_the_processor(sandbox: InProcess, method: PaymentMethod) -> bool:
    """Whether the processor still has it on its customer."""
    gateway_account = method.gateway_account
    from domain.payments.at_gateway import gateway_for
    from kit.deadline import Deadline

    details = gateway_for(gateway_account).read_method(method.gateway_ref, deadline=Deadline.within(15))
    return details.customer is not None


def test_case_20_the_only_card_stays_while_a_schedule_needs_it(wallet: Wallet) -> None:
    card = wallet.card()
    wallet.membership(card)
    with pytest.raises(Conflict) as refused:
        remove(customer=wallet.customer.id, method=card.id)
    assert refused.value.sentence == (
        "Visa ending 4242 is your only payment method, and it is needed: Monthly membership, next on "
        "Thursday 3 December. Add another card first, then remove this one."
    )
    assert fresh(card).state == MethodState.USABLE and fresh(card).is_default
    assert len(live(wallet.customer)) == 1


def test_a_card_that_nothing_needs_is_removed_once_and_forgotten(wallet: Wallet) -> None:
    card = wallet.card()
    assert remove(customer=wallet.customer.id, method=card.id) == "Visa ending 4242 was removed."
    assert (fresh(card).state, fresh(card).is_default) == (MethodState.DETACHED, False)
    assert methods_of(wallet.customer.id) == []
    assert known_to_the_processor(wallet.sandbox, card), "it is asked after the commit"
    assert wallet.work(Work.METHOD) == 1 and not known_to_the_processor(wallet.sandbox, card)
    assert fresh(card).detach_at is None and wallet.work(Work.METHOD) == 0
    assert remove(customer=wallet.customer.id, method=card.id) == "Visa ending 4242 has been removed already."
    assert not forget(card.id)


def test_a_kill_between_claim_and_answer_is_repaired(wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    card = wallet.card()
    remove(customer=wallet.customer.id, method=card.id)

    class Killed(BaseException):
        pass

    def kill(*_args: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("integrations.gateways.stripe.StripeGateway.detach_method", kill)
        with pytest.raises(Killed):
            forget(card.id)
    assert wallet.work(Work.METHOD) == 0, "somebody is at it"
    wallet.pass_time(seconds=61)
    assert wallet.work(Work.METHOD) == 1 and not known_to_the_processor(wallet.sandbox, card)


def test_a_processor_that_does_not_answer_is_asked_again(wallet: Wallet) -> None:
    card = wallet.card()
    remove(customer=wallet.customer.id, method=card.id)
    wallet.sandbox.control(fault={"mode": "down", "times": 1})
    assert not forget(card.id) and fresh(card).detach_at > wallet.clock()
    wallet.pass_time(hours=1)
    assert wallet.work(Work.METHOD) == 1 and not known_to_the_processor(wallet.sandbox, card)


def test_case_21_the_next_default_is_picked_never_promoted(wallet: Wallet) -> None:
    card, other, third = wallet.card(), wallet.card("pm_card_mastercard"), wallet.card("pm_card_amex")
    known = removal(customer=wallet.customer.id, method=card.id)
    assert {each.id for each in known.defaults} == {other.id, third.id} and not known.replacements
    for wish in (None, card.id):
        with pytest.raises(DomainError) as refused:
            remove(customer=wallet.customer.id, method=card.id, next_default=wish)
        assert refused.value.field == "next_default" and fresh(card).is_default
    remove(customer=wallet.customer.id, method=card.id, next_default=third.id)
    assert [each.id for each in methods_of(wallet.customer.id) if each.is_default] == [third.id]
    remove(customer=wallet.customer.id, method=other.id)
    assert fresh(third).is_default, "one that is no default asks for nothing"


def test_case_22_what_it_pays_goes_over_to_one_of_its_kind(wallet: Wallet) -> None:
    main, bank, used = wallet.card(), wallet.card("pm_usBankAccount_success"), wallet.card("pm_card_mastercard")
    gym = wallet.membership(used)
    order = factory.automatic(wallet.customer, used, live(wallet.customer)[-1], 5000)
    known = removal(customer=wallet.customer.id, method=used.id)
    assert [each.id for each in known.replacements] == [main.id] and not known.defaults
    for wish in (None, bank.id, used.id):
        with pytest.raises(DomainError) as refused:
            remove(customer=wallet.customer.id, method=used.id, replacement=wish)
        assert refused.value.field == "replacement" and fresh(gym).method_id == used.id
    said = remove(customer=wallet.customer.id, method=used.id, replacement=main.id, ip="203.0.113.9")
    assert said.endswith("What it paid is charged to Visa ending 4242 from now on.")
    assert fresh(gym).method_id == fresh(order).method_id == main.id
    given = live(wallet.customer)
    assert [each.scope for each in given] == [ConsentScope.SCHEDULES, ConsentScope.ORDER]
    for each in given:
        assert "charge Visa ending 4242 for all that Mastercard ending 4444 paid until now" in each.text
    wallet.pass_time(days=1)
    collect_due(order.id)
    assert fresh(order).open == 0 and wallet.charged() == 5000


def test_what_the_customer_allows_no_longer_does_not_hold_a_card_nor_is_it_allowed_anew(one_wallet: Wallet) -> None:
    card = one_wallet.card()
    allowed = factory.consented(one_wallet.customer, card)
    order = factory.automatic(one_wallet.customer, card, allowed, 5000)
    assert removal(customer=one_wallet.customer.id, method=card.id).refused
    revoke(customer=one_wallet.customer.id, consent=allowed.id)
    known = removal(customer=one_wallet.customer.id, method=card.id)
    assert not known.backs.needed and not known.refused
    remove(customer=one_wallet.customer.id, method=card.id)
    assert live(one_wallet.customer) == []
    one_wallet.pass_time(days=1)
    collect_due(order.id)
    assert fresh(order).collect_at is None and one_wallet.charged() == 0
    assert Mail.select().where(Mail.template == "method_needed").count() == 1, "and the customer is told"


def test_a_charge_on_a_promised_day_goes_over_as_well(shop: Shop) -> None:  # noqa: F811
    order, card = fails(shop)
    says(shop, order, date(2026, 11, 26), method=card.id)
    other = shop.method("pm_card_mastercard")
    remove(customer=shop.customer.id, method=card.id, replacement=other.id, next_default=other.id)
    live_on(shop, 3)
    assert (fresh(order).open, Promise.get().state, shop.charged()) == (0, PromiseState.KEPT, 8900)
    assert Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED).get().method_id == other.id


def test_a_charge_asked_for_on_a_day_with_a_backup_ends_with_the_backup_and_the_day_stays(shop: Shop) -> None:  # noqa: F811
    order, _card = fails(shop)
    spare = shop.method("pm_card_mastercard")
    switch_on(customer=shop.customer.id, method=spare.id)
    says(shop, order, date(2026, 11, 26), method=spare.id)
    known = removal(customer=shop.customer.id, method=spare.id)
    assert [promise.order_id for promise in known.promised] == [order.id] and not known.replacements
    remove(customer=shop.customer.id, method=spare.id)
    promise = Promise.get()
    assert (promise.method_id, promise.day, promise.state) == (None, date(2026, 11, 26), PromiseState.OPEN)
    live_on(shop, 2)
    assert shop.charged() == 0, "until then it waits for the customer"


def test_case_22_without_one_of_its_kind_it_stays(wallet: Wallet) -> None:
    wallet.card()
    bank = wallet.card("pm_usBankAccount_success")
    wallet.membership(bank)
    known = removal(customer=wallet.customer.id, method=bank.id)
    assert "no other bank account could take its place: Monthly membership, next on" in known.refused
    with pytest.raises(Conflict, match="Add another bank account first"):
        remove(customer=wallet.customer.id, method=bank.id)
    assert fresh(bank).state == MethodState.USABLE


def test_case_23_a_debit_on_its_way_holds_its_account_until_it_is_final(shop: Shop) -> None:  # noqa: F811
    bank = shop.method("pm_usBankAccount_success")
    shop.press(bank, shop.order(8900))
    final = Attempt.get().final_on
    with pytest.raises(Conflict) as refused:
        remove(customer=shop.customer.id, method=bank.id)
    assert (
        "$89.00" in refused.value.sentence and f"final by {final:%A} {final.day} {final:%B}" in refused.value.sentence
    )
    shop.pass_time(days=8)
    shop.work()
    assert Attempt.get().state == AttemptState.SUCCEEDED
    remove(customer=shop.customer.id, method=bank.id)
    assert fresh(bank).state == MethodState.DETACHED


def test_case_23_a_payment_in_flight_holds_its_card(shop: Shop) -> None:  # noqa: F811
    card = shop.method("pm_card_authenticationRequired")
    shop.press(card, shop.order(8900))
    assert Attempt.get().state == AttemptState.REQUIRES_ACTION
    with pytest.raises(Conflict, match="under way"):
        remove(customer=shop.customer.id, method=card.id)
    shop.pass_time(minutes=31)
    shop.work()
    assert Attempt.get().state == AttemptState.EXPIRED
    remove(customer=shop.customer.id, method=card.id)


def test_the_authorization_of_a_removed_account_ends_and_can_still_be_read(wallet: Wallet) -> None:
    bank = wallet.card("pm_usBankAccount_success")
    wallet.membership(bank)
    other = wallet.card("pm_usBankAccount_processing")
    remove(customer=wallet.customer.id, method=bank.id, replacement=other.id, next_default=other.id)
    assert not Mandate.select().where((Mandate.method == bank) & Mandate.voided_at.is_null()).exists()
    copy = authorizations(wallet.customer.id, bank.id)
    assert copy is not None and copy.each[0].why == "You removed this account"


def test_a_backup_is_let_go_and_nobody_elses_is_removed(one_wallet: Wallet) -> None:
    card = one_wallet.card()
    switch_on(customer=one_wallet.customer.id, method=card.id)
    other = factory.customer(one_wallet.customer.merchant)
    with pytest.raises(NotFound):
        remove(customer=other.id, method=card.id)
    remove(customer=one_wallet.customer.id, method=card.id)
    assert live(one_wallet.customer) == [] and Order.select().count() == 0


def test_news_of_a_removed_card_that_come_late_do_not_bring_it_back(one_wallet: Wallet) -> None:
    from domain.methods.keep import keep_method
    from domain.payments.at_gateway import gateway_for
    from kit.deadline import Deadline

    card = one_wallet.card()
    details = gateway_for(card.gateway_account).read_method(card.gateway_ref, deadline=Deadline.within(15))
    remove(customer=one_wallet.customer.id, method=card.id)
    row = keep_method(one_wallet.customer.id, card.gateway_account, details, None)
    assert row.id == card.id and row.state == MethodState.DETACHED
    again = one_wallet.card()
    assert again.id != card.id and again.state == MethodState.USABLE and again.is_default
