"""Bank accounts: checked before they pay, authorized word by word, closed by their bank, pending until final."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.methods import mandates, visit
from domain.methods.consent import consent_text, give
from domain.methods.default import make_default
from domain.methods.queries import authorizations, debits_under_way, methods_of
from domain.orders.owed import Standing, outstanding
from domain.payments import hints, intention
from domain.payments.hints import apply
from domain.payments.reserve import Held
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from models.base import unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope, Mandate, MethodState, PaymentMethod
from models.work import WebhookEvent
from sandbox.webhooks import sign
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh

one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # where no money moves
PLAIN, UNCHECKED = "000123456789", "000999999991"


def added(shop: Shop, number: str = UNCHECKED, **more: Any) -> PaymentMethod:
    """A bank account given on the hosted page."""
    handle = visit.begin_without_paying(buyer=shop.buyer)
    path = "/checkout/" + visit.start(handle, buyer=shop.buyer, kind=MethodKind.BANK).rpartition("/")[2]
    form = {"number": number, "kind": "bank", "routing": "110000000", "name": "Alex Morgan"}
    assert shop.sandbox.app.test_client().post(path, data=form).status_code == 303
    done = visit.finish(handle, buyer=shop.buyer, **more)
    found: PaymentMethod = PaymentMethod.get_by_id(done.method)
    return found


def enter(shop: Shop, account: PaymentMethod, first: int, second: int) -> None:
    """Types two amounts into the processor's page, behind the link that we show."""
    page = "/verify/" + str(account.verify_url).rpartition("/")[2]
    shop.sandbox.app.test_client().post(page, data={"first": str(first), "second": str(second)})


def tell(shop: Shop, kind: str) -> None:
    """Delivers the sandbox's events of a kind, twice, and lets a worker apply them."""
    door = factory.gateway_account(shop.customer.merchant)
    for event in [each for each in shop.sandbox.world.store.every("event") if each.body["type"] == kind] * 2:
        body = json.dumps(event.body)
        signature = sign(body, "whsec_test", int(shop.clock.at.timestamp()))
        hints.receive(path_token=door.path_token, body=body.encode(), signature=signature)
    for row in WebhookEvent.select().where(WebhookEvent.kind == kind):
        apply(row.id)


def consented(shop: Shop, account: PaymentMethod) -> Consent:
    with unit_of_work():
        words = consent_text(shop.customer.merchant.name)
        return give(customer=shop.customer.id, method=account.id, scope=ConsentScope.ALL_DUE, text=words)


def test_case_27_an_account_that_waits_for_its_check_pays_nothing(shop: Shop) -> None:
    account, order = added(shop), shop.order()
    shown = methods_of(shop.customer.id)[0]
    assert (shown.usable, shown.is_default, shown.note[:19]) == (False, False, "Waits for its check")
    with pytest.raises(DomainError, match="waits for its check"):
        shop.press(account, order)
    with pytest.raises(DomainError, match="cannot pay just now"):
        make_default(customer=shop.customer.id, method=account.id)
    with pytest.raises(DomainError, match="cannot be charged automatically"):
        consented(shop, account)
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    assert intention.selection(handle, buyer=shop.buyer).method is None
    assert (shop.charged(), Consent.select().count()) == (0, 0)


@pytest.mark.parametrize("by_hint", [True, False])
def test_case_27_right_amounts_make_it_usable_by_hint_or_by_asking(shop: Shop, by_hint: bool) -> None:
    account = added(shop)
    enter(shop, account, 1, 2)
    assert "still waits" in visit.check_now(customer=shop.customer.id, method=account.id)
    enter(shop, account, 45, 32)
    if by_hint:
        tell(shop, "setup_intent.succeeded")
    said = visit.check_now(customer=shop.customer.id, method=account.id)
    assert "is verified: you can pay with it now" in said
    assert (fresh(account).state, fresh(account).is_default, fresh(account).verify_url) == ("usable", True, None)
    shop.press(account, shop.order())
    assert Mandate.select().count() == 1, "one agreement, however often we hear of it"


@one_store
def test_the_check_is_found_although_another_method_was_ticked_on_that_page(shop: Shop) -> None:
    card, order = shop.method(), shop.order()
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    path = "/checkout/" + visit.start(handle, buyer=shop.buyer, kind=MethodKind.BANK).rpartition("/")[2]
    form = {"number": UNCHECKED, "kind": "bank", "routing": "110000000", "name": "Alex Morgan"}
    shop.sandbox.app.test_client().post(path, data=form)
    account = PaymentMethod.get_by_id(visit.finish(handle, buyer=shop.buyer).method)
    intention.prefer(handle, buyer=shop.buyer, method=card.id)
    enter(shop, account, 32, 45)
    tell(shop, "setup_intent.succeeded")
    assert fresh(account).state == MethodState.USABLE


@pytest.mark.parametrize(
    ("amounts", "said"), [((10, 11), "were not right too often"), ((40, 41), "were not entered in time")]
)
def test_a_check_that_failed_says_so_and_the_account_can_be_added_again(
    shop: Shop, amounts: tuple[int, int], said: str
) -> None:
    account, order = added(shop), shop.order()
    enter(shop, account, *amounts)
    tell(shop, "setup_intent.setup_failed")
    shown = methods_of(shop.customer.id)[0]
    assert (shown.state, shown.usable, shown.verify_url) == (MethodState.BLOCKED, False, None)
    assert said in shown.note and "Add it again, or use another way to pay." in shown.note
    assert "could not be verified" in visit.check_now(customer=shop.customer.id, method=account.id)
    with pytest.raises(DomainError, match="Choose another way"):
        shop.press(account, order)
    copy = authorizations(shop.customer.id, account.id)
    assert copy is not None and said in copy.each[0].why
    again = added(shop)
    assert (again.id, again.state, again.is_default) == (account.id, MethodState.UNVERIFIED, False)
    enter(shop, again, 32, 45)
    visit.check_now(customer=shop.customer.id, method=again.id)
    shop.press(fresh(again), order)
    assert [row.voided_at is None for row in Mandate.select().order_by(Mandate.accepted_at)] == [False, True]


@one_store
def test_a_check_that_nobody_answers_ends_after_ten_days(shop: Shop) -> None:
    account = added(shop)
    shop.pass_time(days=11)
    tell(shop, "setup_intent.setup_failed")
    assert (fresh(account).state, fresh(account).state_reason) == (MethodState.BLOCKED, "check_expired")


@one_store
def test_only_the_owner_asks_about_a_check_and_an_outage_loses_nothing(shop: Shop) -> None:
    account = added(shop)
    enter(shop, account, 32, 45)
    other = factory.customer(shop.customer.merchant)
    with pytest.raises(NotFound):
        visit.check_now(customer=other.id, method=account.id)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/"})
    with pytest.raises(DomainError, match="try again in a minute"):
        visit.check_now(customer=shop.customer.id, method=account.id)
    shop.sandbox.control(clear=True)
    assert "is verified" in visit.check_now(customer=shop.customer.id, method=account.id)


@one_store
def test_case_30_the_words_that_were_agreed_to_are_kept(shop: Shop) -> None:
    account = added(shop, PLAIN, agreed=mandates.Agreed("203.0.113.9", "Firefox"))
    copy = authorizations(shop.customer.id, account.id)
    assert copy is not None
    kept = copy.each[0]
    merchant = shop.customer.merchant
    for words in (merchant.name, "ending 6789", "the amount on the button", "revoke", "billing@example.com",
                  "Agreed on 23 November 2026", "unless I agree to automatic payments separately"):  # fmt: skip
        assert words in kept.text
    row = Mandate.get()
    assert (row.ip, row.agent, kept.reference[:8]) == ("203.0.113.9", "Firefox", "mandate_")
    type(merchant).update(name="Other Name").where(type(merchant).id == merchant.id).execute()
    again = authorizations(shop.customer.id, account.id)
    assert again is not None and again.each[0].text == kept.text, "kept, not written anew"
    assert authorizations(factory.customer(merchant).id, account.id) is None
    assert authorizations(shop.customer.id, shop.method().id) is None, "a card has none"


@one_store
def test_case_30_a_consent_keeps_its_words_and_ends_with_the_authorization(shop: Shop) -> None:
    account = added(shop, PLAIN)
    consent = consented(shop, account)
    copy = authorizations(shop.customer.id, account.id)
    assert copy is not None and len(copy.each) == 2 and "on their due day" in copy.each[0].text
    assert copy.each[0].reference == copy.each[1].reference
    with unit_of_work():
        assert mandates.void(account.id, reason="R07", at=utc_now())
        assert not mandates.void(account.id, reason="R02", at=utc_now()), "only once"
    assert fresh(consent).revoked_at is not None
    ended = authorizations(shop.customer.id, account.id)
    assert ended is not None
    assert [(one.voided_at, one.why) for one in ended.each] == [
        (shop.clock.at, "Your bank was told that payments from this account are not authorised")
    ] * 2


@one_store
def test_voiding_leaves_a_cards_consent_alone(shop: Shop) -> None:
    card = shop.method()
    consent = consented(shop, card)
    with unit_of_work():
        assert not mandates.void(card.id, reason="lost_card", at=utc_now())
    assert fresh(consent).revoked_at is None and Mandate.select().count() == 0


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("pm_usBankAccount_accountClosed", "this account is closed"),
        ("pm_usBankAccount_noAccount", "does not find this account"),
        ("pm_usBankAccount_debitNotAuthorized", "are not authorised"),
    ],
)
def test_case_46_a_blocked_account_says_why_and_what_to_do(shop: Shop, token: str, why: str) -> None:
    account, order = shop.method(token), shop.order()
    shop.press(account, order)
    shop.pass_time(days=7)
    shop.work()
    shown = methods_of(shop.customer.id)[0]
    assert (shown.state, shown.usable) == (MethodState.BLOCKED, False)
    assert why in shown.note and "Add it again, or use another way to pay." in shown.note
    with pytest.raises(DomainError, match="Choose another way to pay"):
        shop.press(account, order)
    shop.press(shop.method(), order)
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_case_46_a_blocked_account_that_is_added_again_is_usable(shop: Shop) -> None:
    account, order = added(shop, PLAIN), shop.order()
    PaymentMethod.update(state=MethodState.BLOCKED, state_reason="R02", decline_code="R02").execute()
    again = added(shop, PLAIN)
    assert (again.id, again.state, again.state_reason) == (account.id, MethodState.USABLE, None)
    shop.press(again, order)


def test_case_49_a_pending_debit_closes_pay_and_names_the_day(shop: Shop) -> None:
    account, order, card = added(shop, PLAIN), shop.order(), shop.method()
    there = intention.begin(buyer=shop.buyer, orders=[order.id])
    pending = shop.press(account, order)
    view = outstanding(shop.customer.id)[0]
    assert (view.standing, view.payable, view.final_on) == (Standing.UNDER_WAY, False, date(2026, 11, 30))
    debit = debits_under_way(shop.customer.id)[account.id][0]
    assert (debit.payment, debit.amount.minor, debit.final_on) == (pending, 8900, view.final_on)
    with pytest.raises(Held):
        shop.press(card, handle=there, seen=8900, press=1)
    shop.pass_time(days=8)
    shop.work()
    assert attempt_of(pending).state == "succeeded" and debits_under_way(shop.customer.id) == {}
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_the_day_of_an_agreement_is_the_merchants(sqlite_store: str) -> None:
    merchant = factory.merchant(zone="America/Los_Angeles", contact_email="")
    person = factory.customer(merchant)
    method = PaymentMethod(customer=Customer.get_by_id(person.id), brand="", last4="6789", kind=MethodKind.BANK)
    words = mandates.words(merchant, method, datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert "23 November 2026" in words and "(555) 010-0100" in words and "at the bank ending" in words
