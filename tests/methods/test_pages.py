"""The pages of payment methods: the owner's, native forms, and honest when they are old."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kit.calendar import local_day
from kit.clock import utc_now
from models.methods import MethodState, PaymentMethod
from models.orders import PayIntention
from models.payments import Attempt, AttemptState
from sandbox.inprocess import InProcess
from tests import factory
from tests.methods.conftest import fresh, live, membership
from tests.pages.customer.conftest import Person
from tests.pages.customer.test_paying import value_in

PLAIN = ("", "/move", "/remove")


def card(of: Person, token: str = "pm_card_visa") -> PaymentMethod:
    return factory.method(of.customer, token)


def goes_to(answer: object) -> str:
    return str(answer.headers["Location"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PLAIN)
def test_each_page_is_its_owners_only(owner: Person, colleague: Person, stranger: Person, page: str) -> None:
    mine = card(owner)
    assert owner.get(f"/methods/{mine.id}{page}").status_code == 200
    assert colleague.get(f"/methods/{mine.id}{page}").status_code == 404
    assert stranger.get(f"{stranger.base}/methods/{mine.id}{page}").status_code == 404
    assert stranger.client.get(f"{owner.base}/methods/{mine.id}{page}").status_code in (302, 303, 404)


@pytest.mark.parametrize("press", ["name", "backup", "replace", "move", "pay", "remove"])
def test_nobody_else_presses_anything(owner: Person, colleague: Person, press: str) -> None:
    mine, gym = card(owner), membership(owner.customer, None)
    fields = {"nickname": "Mine", "on": "1", "kind": "card", "schedule": str(gym.id)}
    assert colleague.post(f"/methods/{mine.id}/{press}", **fields).status_code == 404
    assert (fresh(mine).nickname, fresh(mine).state, live(owner.customer)) == ("", MethodState.USABLE, [])


def test_a_name_of_ones_own(owner: Person) -> None:
    mine = card(owner)
    owner.post(f"/methods/{mine.id}/name", nickname="  Travel \u202e<b>card</b>\n ")
    assert fresh(mine).nickname == "Travel <b>card</b>"
    html = owner.get(f"/methods/{mine.id}").text
    assert "<h1>Travel &lt;b&gt;card&lt;/b&gt;</h1>" in html and "Visa ending 4242" in html
    listed = owner.page("/methods")
    assert "Travel &lt;b&gt;card" in listed and "Visa ending 4242" in listed
    long = owner.post(f"/methods/{mine.id}/name", nickname="é" * 41)
    assert long.status_code == 422 and "Use at most 40 characters." in long.text and "é" * 41 in long.text
    assert 'aria-invalid="true"' in long.text and fresh(mine).nickname == "Travel <b>card</b>"
    owner.post(f"/methods/{mine.id}/name", nickname="")
    assert fresh(mine).nickname == ""


def test_case_17_making_a_default_leads_to_the_offer(owner: Person) -> None:
    old, new, bank = card(owner), card(owner, "pm_card_mastercard"), card(owner, "pm_usBankAccount_success")
    gym, locker = membership(owner.customer, old, "Gym"), membership(owner.customer, bank, "Locker")
    where = goes_to(owner.post(f"/methods/{new.id}/default"))
    assert where == f"{owner.base}/methods/{new.id}/move"
    html = owner.get(where).text
    assert re.search(rf'value="{gym.id}" checked', html) and "now on Visa ending 4242" in html
    assert str(locker.id) not in html and "a card cannot take the place of a bank account" in html
    assert "I allow Harbor Yoga to charge Mastercard ending 4444 for the schedules that I have ticked" in html
    assert html.count("btn-brand") == 1
    assert goes_to(owner.post(f"/methods/{new.id}/move", schedule=str(gym.id))) == f"{owner.base}/methods"
    assert fresh(gym).method_id == new.id and fresh(locker).method_id == bank.id
    assert "1 schedule is charged to Mastercard ending 4444 from now on." in owner.page("/methods")


def test_case_18_leaving_everything_as_it_is_says_so(owner: Person) -> None:
    old, new = card(owner), card(owner, "pm_card_mastercard")
    gym = membership(owner.customer, old, "Gym")
    owner.post(f"/methods/{new.id}/default")
    owner.post(f"/methods/{new.id}/move", keep="1", schedule=str(gym.id))
    html = owner.page("/methods")
    assert fresh(gym).method_id == old.id and "Nothing was moved" in html and "Pays Gym, next on" in html
    assert "Visa ending 4242" in owner.page("/schedules")


def test_failed_orders_are_paid_with_it_by_the_pay_page(owner: Person) -> None:
    from domain.payments.collect import collect_due

    empty = card(owner, "pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(owner.customer, empty, factory.consented(owner.customer, empty), 8900)
    collect_due_at_nine(order)
    collect_due(order.id)
    other = factory.order(owner.customer, 1000)
    new = card(owner, "pm_card_mastercard")
    html = owner.get(goes_to(owner.post(f"/methods/{new.id}/default"))).text
    assert "Pay $89.00 with Mastercard ending 4444" in html
    path = goes_to(owner.post(f"/methods/{new.id}/pay"))
    kept = PayIntention.get(PayIntention.handle == path.rpartition("/")[2])
    assert kept.method_id == new.id and [row.order_id for row in kept.orders] == [order.id]
    shown = owner.page(path)
    assert re.search(rf'value="{order.id}" checked', shown) and not re.search(rf'value="{other.id}" checked', shown)
    assert Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED).count() == 0, "only its button charges"


def collect_due_at_nine(order: object) -> None:
    """Its hour has come."""
    from kit.clock import utc_now
    from models.orders import Order

    Order.update(collect_at=utc_now()).where(Order.id == order.id).execute()  # type: ignore[attr-defined]


def test_removing_says_which_charge_on_a_promised_day_will_not_be_made(owner: Person) -> None:
    from domain.methods.backup import switch_on
    from domain.payments.collect import collect_due
    from domain.recoveries.promises import promise

    empty = card(owner, "pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(owner.customer, empty, factory.consented(owner.customer, empty), 8900)
    collect_due_at_nine(order)
    collect_due(order.id)
    spare = card(owner, "pm_card_mastercard")
    switch_on(customer=owner.customer.id, method=spare.id)
    day = local_day(utc_now(), owner.customer.merchant.zone) + timedelta(days=3)
    promise(customer=owner.customer.id, order=order.id, day=day, method=spare.id)
    html = owner.get(f"/methods/{spare.id}/remove").text
    assert f"You asked to have {order.title} charged to it on" in html and f"{day:%A} {day.day} {day:%B}" in html
    assert "Nothing is waiting" not in html


def test_case_19_a_card_is_not_replaced_by_bank_details_nor_the_reverse(owner: Person) -> None:
    mine, bank = card(owner), card(owner, "pm_usBankAccount_success")
    assert goes_to(owner.post(f"/methods/{mine.id}/replace", kind="bank")) == f"{owner.base}/methods/{mine.id}"
    html = owner.get(f"/methods/{mine.id}").text
    assert "Bank details cannot take the place of a card. Add a bank account beside it." in html
    owner.post(f"/methods/{bank.id}/replace", kind="card")
    assert "A card cannot take the place of a bank account." in owner.get(f"/methods/{bank.id}").text
    assert PayIntention.select().count() == 0, "nobody was sent anywhere"


def replace(owner: Person, sandbox: InProcess, old: PaymentMethod, number: str) -> str:
    """*Replace this card*, there and back: where the person ends."""
    leaving = goes_to(owner.post(f"/methods/{old.id}/replace", kind="card"))
    back = sandbox.app.test_client().post(value_in(owner.client.get(leaving).text), data={"number": number})
    return goes_to(owner.get(f"/added/{back.headers['Location'].rpartition('/')[2]}"))


def test_a_replaced_card_hands_over_and_is_removed(owner: Person, sandbox: InProcess) -> None:
    old, third = card(owner), card(owner, "pm_card_amex")
    gym, pool = membership(owner.customer, old, "Gym"), membership(owner.customer, third, "Pool")
    where = replace(owner, sandbox, old, "5555555555554444")
    new = PaymentMethod.get(PaymentMethod.last4 == "4444")
    assert where == f"{owner.base}/methods/{new.id}/move?instead={old.id}"
    html = owner.get(where).text
    assert re.search(rf'value="{gym.id}" checked', html) and not re.search(rf'value="{pool.id}" checked', html)
    where = goes_to(owner.post(f"/methods/{new.id}/move", schedule=str(gym.id), instead=str(old.id)))
    assert where == f"{owner.base}/methods/{old.id}/remove"
    html = owner.get(where).text
    assert (
        "Remove Visa ending 4242?" in html and "Your default from now on" in html and "Charge in its place" not in html
    )
    owner.post(f"/methods/{old.id}/remove", next_default=str(new.id))
    assert fresh(old).state == MethodState.DETACHED and fresh(new).is_default and fresh(gym).method_id == new.id


def test_case_21_and_22_what_must_be_picked_is_on_the_same_page(owner: Person) -> None:
    mine, other, third = card(owner), card(owner, "pm_card_mastercard"), card(owner, "pm_card_amex")
    gym = membership(owner.customer, mine)
    html = owner.get(f"/methods/{mine.id}/remove").text
    assert html.count("btn-danger") == 1 and "Monthly membership, next on Thursday 3 December" in html
    assert 'name="replacement"' in html and 'name="next_default"' in html and " checked" not in html
    refused = owner.post(f"/methods/{mine.id}/remove", next_default=str(other.id))
    assert refused.status_code == 422 and "Choose what is charged in its place." in refused.text
    assert f'name="next_default" value="{other.id}" checked' in refused.text, "what was picked stays"
    refused = owner.post(f"/methods/{mine.id}/remove", replacement=str(third.id))
    assert "Choose which payment method is your default" in refused.text and fresh(gym).method_id == mine.id
    done = owner.post(f"/methods/{mine.id}/remove", replacement=str(third.id), next_default=str(other.id))
    assert goes_to(done) == f"{owner.base}/methods" and "was removed" in owner.page("/methods")
    assert fresh(gym).method_id == third.id and fresh(other).is_default


def test_pages_from_before_say_how_things_stand(owner: Person) -> None:
    mine = card(owner)
    owner.post(f"/methods/{mine.id}/remove")
    owner.page("/methods")
    for page in PLAIN:
        assert goes_to(owner.get(f"/methods/{mine.id}{page}")) == f"{owner.base}/methods"
        assert "Visa ending 4242 has been removed." in owner.page("/methods")
    assert goes_to(owner.post(f"/methods/{mine.id}/remove")) == f"{owner.base}/methods"
    assert "has been removed already" in owner.page("/methods")


def test_case_20_the_page_says_why_and_offers_another_card(owner: Person) -> None:
    mine = card(owner)
    membership(owner.customer, mine)
    html = owner.get(f"/methods/{mine.id}/remove").text
    assert "cannot be removed now" in html and "Monthly membership, next on Thursday 3 December" in html
    assert "Add another card" in html and "btn-danger" not in html
    assert goes_to(owner.post(f"/methods/{mine.id}/remove")) == f"{owner.base}/methods/{mine.id}/remove"
    assert fresh(mine).state == MethodState.USABLE


def test_a_backup_on_and_off_with_its_words(owner: Person) -> None:
    mine = card(owner)
    words = "If my usual payment method fails, Harbor Yoga may charge this one instead"
    assert words in owner.get(f"/methods/{mine.id}").text
    for _twice in range(2):
        owner.post(f"/methods/{mine.id}/backup", on="1")
    (given,) = live(owner.customer)
    assert words in given.text and "as number 1 of your backups" in owner.get(f"/methods/{mine.id}").text
    assert "Backup, asked as number 1" in owner.page("/methods")
    owner.post(f"/methods/{mine.id}/backup", on="0")
    assert live(owner.customer) == []


def test_a_consent_is_withdrawn_by_its_giver(owner: Person, colleague: Person) -> None:
    mine, theirs = card(owner), card(colleague)
    membership(owner.customer, mine)
    (given,) = live(owner.customer)
    assert "I agree." in owner.get(f"/methods/{mine.id}").text
    colleague.post(f"/methods/{theirs.id}/withdraw/{given.id}")
    assert live(owner.customer) == [given]
    owner.post(f"/methods/{mine.id}/withdraw/{given.id}")
    assert live(owner.customer) == [] and "What you have agreed to" not in owner.get(f"/methods/{mine.id}").text


def test_case_29_prepaid_cards_say_that_repeating_payments_may_fail(owner: Person) -> None:
    mine = card(owner, "pm_card_mastercard")
    factory.order(owner.customer)
    PaymentMethod.update(funding="prepaid").where(PaymentMethod.id == mine.id).execute()
    words = "A prepaid or single-use card: payments that repeat may fail with it."
    assert words in owner.page("/methods") and words in owner.get(f"/methods/{mine.id}").text


def test_the_same_card_again_is_one_and_keeps_its_name(owner: Person, sandbox: InProcess) -> None:
    mine, other = card(owner), card(owner, "pm_card_mastercard")
    owner.post(f"/methods/{mine.id}/name", nickname="Travel")
    PaymentMethod.update(exp_year=2027, exp_month=1).where(PaymentMethod.id == mine.id).execute()
    leaving = goes_to(owner.post("/methods/add", kind="card"))
    back = sandbox.app.test_client().post(value_in(owner.client.get(leaving).text), data={"number": "4242424242424242"})
    owner.get(f"/added/{back.headers['Location'].rpartition('/')[2]}")
    kept = fresh(mine)
    assert PaymentMethod.select().count() == 2
    assert (kept.nickname, kept.is_default, kept.exp_year) == ("Travel", True, 2034) and not fresh(other).is_default
