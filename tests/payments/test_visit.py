"""Adding a card or bank account on the hosted page: one method per card, only one's own, whatever the network does."""

from __future__ import annotations

import json
import threading

import pytest

from domain.methods import visit
from domain.methods.queries import methods_of
from domain.payments import hints, intention
from domain.payments.at_gateway import gateway_for
from domain.payments.hints import apply
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from integrations.gateways.base import MethodKind
from kit.deadline import Deadline
from kit.errors import DomainError, NotFound
from kit.money import Money
from models.base import connected
from models.customers import GatewayCustomer
from models.merchants import GatewayAccount
from models.methods import MethodState, PaymentMethod
from models.orders import PayIntention
from models.payments import PlannedTry, Recovery, TryState
from models.work import WebhookEvent, WebhookState
from sandbox.webhooks import sign
from tests import factory
from tests.payments.conftest import Shop, fresh

VISA, LOST = "4242 4242 4242 4242", "4000 0000 0000 9987"
BANK, UNCHECKED = "000123456789", "000999999991"


def _begin(shop: Shop, kind: MethodKind = MethodKind.CARD) -> tuple[str, str]:
    """A visit from the methods page: its handle and the hosted page's path."""
    handle = visit.begin_without_paying(buyer=shop.buyer)
    return handle, _path(visit.start(handle, buyer=shop.buyer, kind=kind))


def _path(url: str) -> str:
    return "/checkout/" + url.rpartition("/")[2]


def _type_in(shop: Shop, path: str, number: str, kind: str = "card") -> None:
    form = {"number": number, "kind": kind, "routing": "110000000", "name": "Alex Morgan"}
    assert shop.sandbox.app.test_client().post(path, data=form).status_code == 303


def _added(shop: Shop, number: str = VISA) -> PaymentMethod:
    handle, path = _begin(shop)
    _type_in(shop, path, number)
    done = visit.finish(handle, buyer=shop.buyer)
    assert done.method is not None
    found: PaymentMethod = PaymentMethod.get_by_id(done.method)
    return found


def _press(shop: Shop, handle: str, method: PaymentMethod, buyer: Buyer) -> None:
    press(Pressed(handle, method.id, 8900, 1, "203.0.113.9", "test"), buyer=buyer)


def _tell(shop: Shop, kind: str) -> list[WebhookEvent]:
    """Delivers the sandbox's events of a kind, as its webhook would, and lets a worker apply them."""
    door = factory.gateway_account(shop.customer.merchant)
    for event in shop.sandbox.world.store.every("event"):
        if event.body["type"] == kind:
            body = json.dumps(event.body)
            signature = sign(body, "whsec_test", int(shop.clock.at.timestamp()))
            hints.receive(path_token=door.path_token, body=body.encode(), signature=signature)
    rows = list(WebhookEvent.select().where(WebhookEvent.kind == kind))
    for row in rows:
        apply(row.id)
    return [fresh(row) for row in rows]


def test_a_card_is_added_and_ticked_on_the_page_that_the_person_left(shop: Shop) -> None:
    handle = intention.begin(buyer=shop.buyer, orders=[shop.order().id])
    path = _path(visit.start(handle, buyer=shop.buyer, kind=MethodKind.CARD))
    _type_in(shop, path, VISA)
    done = visit.finish(handle, buyer=shop.buyer)
    shown = intention.selection(handle, buyer=shop.buyer)
    assert (done.to, done.handle, shown.method) == (visit.PAY, handle, done.method)
    assert [(row.label, row.is_default, row.fit) for row in methods_of(shop.customer.id)] == [
        ("Visa ending 4242", True, True)
    ]


def test_the_return_and_the_webhook_both_come_and_come_again_and_it_is_one_method(shop: Shop) -> None:
    handle, path = _begin(shop)
    _type_in(shop, path, VISA)
    assert [row.state for row in _tell(shop, "checkout.session.completed")] == [WebhookState.DONE]
    first, second = (visit.finish(handle, buyer=shop.buyer) for _time in range(2))
    _tell(shop, "checkout.session.completed")
    assert (first.method, PaymentMethod.select().count()) == (second.method, 1)


def test_returning_in_many_threads_at_once_is_one_method(shop: Shop) -> None:
    handle, path = _begin(shop)
    _type_in(shop, path, VISA)
    count = 4
    start, found = threading.Barrier(count), list[object]()

    def come_back() -> None:
        with connected():
            row = PayIntention.get(PayIntention.handle == handle)
            account = factory.gateway_account(shop.customer.merchant)
            start.wait()
            try:
                visit._finish(row, account, row.setup_ref)
            except Exception as problem:
                found.append(problem)
            else:
                found.append("kept")

    threads = [threading.Thread(target=come_back) for _n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, PaymentMethod.select().count()) == (["kept"] * count, 1)


def test_two_different_cards_at_once_are_two_methods_and_one_default(shop: Shop) -> None:
    visits = [_begin(shop) for _n in range(2)]
    for (_handle, path), number in zip(visits, (VISA, "5555 5555 5555 4444"), strict=True):
        _type_in(shop, path, number)
    start, problems = threading.Barrier(2), list[Exception]()

    def come_back(handle: str) -> None:
        with connected():
            start.wait()
            try:
                visit.finish(handle, buyer=shop.buyer)
            except Exception as problem:
                problems.append(problem)

    threads = [threading.Thread(target=come_back, args=(handle,)) for handle, _path in visits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _tell(shop, "checkout.session.completed")  # a return that found no free turn is made up for by the webhook
    rows = methods_of(shop.customer.id)
    assert (problems, len(rows), sum(row.is_default for row in rows)) == ([], 2, 1)


def test_an_earlier_visit_of_the_same_page_still_counts_when_its_webhook_comes(shop: Shop) -> None:
    handle, first = _begin(shop)
    visit.start(handle, buyer=shop.buyer, kind=MethodKind.BANK)  # Back, and the other button
    _type_in(shop, first, VISA)
    assert visit.finish(handle, buyer=shop.buyer).method is None
    assert [row.state for row in _tell(shop, "checkout.session.completed")] == [WebhookState.DONE]
    assert [row.label for row in methods_of(shop.customer.id)] == ["Visa ending 4242"]


def test_a_strangers_handle_visit_and_customer_are_refused(shop: Shop) -> None:
    handle, path = _begin(shop)
    _type_in(shop, path, VISA)
    other = factory.customer(shop.customer.merchant)
    stranger = Buyer(other.id, factory.account(other).id)
    with pytest.raises(NotFound):
        visit.finish(handle, buyer=stranger)
    with pytest.raises(NotFound):
        visit.start(handle, buyer=stranger, kind=MethodKind.CARD)
    theirs = visit.begin_without_paying(buyer=stranger)
    visit.start(theirs, buyer=stranger, kind=MethodKind.CARD)
    mine = PayIntention.get(PayIntention.handle == handle).setup_ref
    PayIntention.update(setup_ref=mine).where(PayIntention.handle == theirs).execute()  # another's visit slipped in
    with pytest.raises(NotFound, match="does not belong"):
        visit.finish(theirs, buyer=stranger)
    assert PaymentMethod.select().count() == 0


def test_a_visit_that_was_left_adds_nothing_and_can_be_begun_again(shop: Shop) -> None:
    handle, _hosted = _begin(shop)
    assert visit.finish(handle, buyer=shop.buyer).sentence == "Nothing was added."
    path = _path(visit.start(handle, buyer=shop.buyer, kind=MethodKind.CARD))
    _type_in(shop, path, VISA)
    assert visit.finish(handle, buyer=shop.buyer).method is not None


@pytest.mark.parametrize("fault", ["down", "timeout_after", "http_500", "garbage", "rate_limit"])
def test_the_processor_is_away_when_a_visit_begins_and_the_next_press_works(shop: Shop, fault: str) -> None:
    handle = visit.begin_without_paying(buyer=shop.buyer)
    shop.sandbox.control(fault={"mode": fault, "path": "/v1/"})
    with pytest.raises(DomainError, match="Nothing is lost"):
        visit.start(handle, buyer=shop.buyer, kind=MethodKind.CARD)
    shop.sandbox.control(clear=True)
    url = visit.start(handle, buyer=shop.buyer, kind=MethodKind.BANK)  # another button than before
    _type_in(shop, _path(url), BANK, "bank")
    assert visit.finish(handle, buyer=shop.buyer).method is not None


def test_the_processor_is_away_at_the_return_and_the_webhook_makes_up_for_it(shop: Shop) -> None:
    handle, path = _begin(shop)
    _type_in(shop, path, VISA)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/"})
    done = visit.finish(handle, buyer=shop.buyer)
    assert (done.method, "in a moment" in done.sentence) == (None, True)
    told = _tell(shop, "checkout.session.completed")
    assert [(row.state, row.tries) for row in told] == [(WebhookState.RECEIVED, 1)]
    shop.sandbox.control(clear=True)
    shop.pass_time(minutes=1)
    shop.work()
    assert PaymentMethod.select().count() == 1


def test_nothing_is_asked_when_the_merchant_has_no_processor_any_more(shop: Shop) -> None:
    handle, path = _begin(shop)
    _type_in(shop, path, VISA)
    door = factory.gateway_account(shop.customer.merchant)
    GatewayAccount.update(active=False).where(GatewayAccount.id == door.id).execute()
    assert "ask the merchant" in visit.finish(handle, buyer=shop.buyer).sentence
    with pytest.raises(DomainError, match="not set up"):
        visit.start(handle, buyer=shop.buyer, kind=MethodKind.CARD)


def test_a_method_of_a_processor_that_was_replaced_cannot_pay(shop: Shop) -> None:
    card, order = shop.method(), shop.order()
    GatewayAccount.update(active=False).where(GatewayAccount.id == card.gateway_account_id).execute()
    with pytest.raises(DomainError, match="add this method again"):
        shop.press(card, order)
    assert shop.charged() == 0


def test_bank_accounts_are_for_dollars_only(shop: Shop) -> None:
    euros = shop.order(currency="EUR")
    handle = intention.begin(buyer=shop.buyer, orders=[euros.id])
    with pytest.raises(DomainError, match="US dollars only"):
        visit.start(handle, buyer=shop.buyer, kind=MethodKind.BANK)
    with pytest.raises(DomainError, match="US dollars only"):
        shop.press(shop.method("pm_usBankAccount_success"), handle=handle)
    assert shop.charged() == 0


def test_an_unchecked_bank_account_cannot_pay_until_the_bank_has_confirmed_it(shop: Shop) -> None:
    handle, path = _begin(shop, MethodKind.BANK)
    _type_in(shop, path, UNCHECKED, "bank")
    done = visit.finish(handle, buyer=shop.buyer)
    shown = methods_of(shop.customer.id)[0]
    assert (shown.state, shown.usable, shown.is_default) == (MethodState.UNVERIFIED, False, False)
    assert ("checked first" in done.sentence, bool(shown.verify_url)) == (True, True)
    account, order = PaymentMethod.get(), shop.order()
    with pytest.raises(DomainError, match="waits for its check"):
        shop.press(account, order)
    deposits = "/verify/" + str(shown.verify_url).rpartition("/")[2]
    shop.sandbox.app.test_client().post(deposits, data={"first": "32", "second": "45"})
    assert [row.state for row in _tell(shop, "setup_intent.succeeded")] == [WebhookState.DONE]
    assert (fresh(account).state, fresh(account).is_default, fresh(account).verify_url) == (
        MethodState.USABLE,
        True,
        None,
    )
    shop.press(account, order)


def test_the_same_card_again_revives_a_declined_one_and_a_late_webhook_does_not(shop: Shop) -> None:
    card = _added(shop, LOST)
    shop.press(card, shop.order())
    assert fresh(card).state == MethodState.DECLINED
    _tell(shop, "checkout.session.completed")
    assert fresh(card).state == MethodState.DECLINED
    again = _added(shop, LOST)
    assert (again.id, again.state, again.decline_code) == (card.id, MethodState.USABLE, None)


def test_events_of_the_merchants_other_business_are_counted_and_never_raised(shop: Shop) -> None:
    shop.method()  # makes the processor's customer
    gateway = gateway_for(factory.gateway_account(shop.customer.merchant))
    row = GatewayCustomer.get()
    setup = gateway.start_setup(
        key="theirs",
        customer=row.gateway_ref,
        kinds=(MethodKind.CARD,),
        currency="USD",
        reference="cart-77",
        success_url="https://shop.example/",
        cancel_url="https://shop.example/",
        deadline=Deadline.within(5),
    )
    _type_in(shop, f"/checkout/{setup.id}", VISA)
    told = _tell(shop, "checkout.session.completed") + _tell(shop, "setup_intent.succeeded")
    assert {row.state for row in told} == {WebhookState.FOREIGN}


def test_a_fix_it_link_pays_with_the_method_added_through_it_and_no_stored_one(shop: Shop) -> None:
    stored, order = shop.method(), shop.order()
    link = Buyer(shop.customer.id, link=factory.merchant().id)
    handle = intention.begin(buyer=link, orders=[order.id])
    with pytest.raises(NotFound, match="new card only"):
        _press(shop, handle, stored, link)
    path = _path(visit.start(handle, buyer=link, kind=MethodKind.CARD))
    _type_in(shop, path, "5555 5555 5555 4444")
    added = visit.finish(handle, buyer=link).method
    assert added is not None
    _press(shop, handle, PaymentMethod.get_by_id(added), link)
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_a_changed_amount_that_was_shown_can_be_paid_through_a_link(shop: Shop) -> None:
    order, link = shop.order(), Buyer(shop.customer.id, link=factory.merchant().id)
    handle = intention.begin(buyer=link, orders=[order.id])
    path = _path(visit.start(handle, buyer=link, kind=MethodKind.CARD))
    _type_in(shop, path, VISA)
    added = visit.finish(handle, buyer=link).method
    type(order).update(total=9000, open=9000).where(type(order).id == order.id).execute()
    shown = intention.selection(handle, buyer=link)
    assert shown.total == Money(9000, "USD")
    press(Pressed(handle, added, 9000, shown.press), buyer=link)  # type: ignore[arg-type]
    assert (fresh(order).open, shop.charged()) == (0, 9000)


def test_a_card_added_again_under_a_live_consent_arms_what_had_stopped(shop: Shop) -> None:
    card = _added(shop, LOST)
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    shop.pass_time(hours=12)
    shop.work()
    case = Recovery.get(Recovery.order == order)
    waiting = (PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED)
    assert not PlannedTry.select().where(waiting).exists(), "a hard decline: nothing is tried by itself"
    _added(shop, LOST)
    assert PlannedTry.get(waiting).method_id == card.id
    _tell(shop, "checkout.session.completed")
    assert PlannedTry.select().where(waiting).count() == 1, "told twice, planned once"
