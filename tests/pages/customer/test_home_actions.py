"""What helps after a "no" depends on the "no": the home and the payment's page offer the act that fits the code."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from domain.payments.collect import collect_due
from domain.recoveries.declines import Action, action
from kit.clock import Stopped, utc_now
from models.base import unit_of_work
from models.merchants import MerchantPolicy
from models.methods import BillingSchedule
from models.orders import Order
from tests import factory
from tests.pages.customer.conftest import Person
from tests.pages.customer.test_home import fail
from tests.pages.customer.test_paying import pay_page, press

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("insufficient_funds", Action.TRY_AGAIN),
        ("R01", Action.TRY_AGAIN),
        ("authentication_required", Action.CONFIRM),
        ("expired_card", Action.ANOTHER),
        ("lost_card", Action.ANOTHER),
        ("incorrect_number", Action.ANOTHER),
        ("R02", Action.ANOTHER),
        ("do_not_honor", Action.CALL_BANK),
        ("call_issuer", Action.CALL_BANK),
        ("generic_decline", Action.CALL_BANK),
        ("a_code_of_tomorrow", Action.CALL_BANK),
    ],
)
def test_each_no_has_its_act(code: str, wanted: Action) -> None:
    assert action(code) is wanted


def filled(html: str) -> list[str]:
    """The words on the filled buttons of a page."""
    return [text.strip() for text in re.findall(r'class="btn btn-brand[^"]*"[^>]*>([^<]+)<', html)]


@pytest.mark.parametrize(
    ("token", "button", "other"),
    [
        (FUNDS, "Try again with Visa ending 9995", "Use another card"),
        ("pm_card_chargeDeclinedExpiredCard", "Use another card", ""),
        ("pm_card_visa_chargeDeclined", "Use another card", "Try again with Visa ending"),
    ],
)
def test_the_filled_button_of_a_declined_payment_fits_the_code(
    owner: Person, token: str, button: str, other: str
) -> None:
    due, bad = factory.order(owner.customer), factory.method(owner.customer, token)
    shown = owner.get(press(owner, pay_page(owner), order=str(due.id), method=str(bad.id))).text
    assert filled(shown) == [button]
    assert other in shown and (other or "Try again with" not in shown)


def test_trying_again_keeps_the_method_and_another_one_changes_it(owner: Person) -> None:
    factory.method(owner.customer, "pm_card_mastercard")
    due, bad = factory.order(owner.customer), factory.method(owner.customer, FUNDS)
    to = press(owner, pay_page(owner), order=str(due.id), method=str(bad.id))
    same = owner.page(str(owner.post(f"{to}/again", same="1").headers["Location"]))
    assert "One charge of $89.00 to Visa ending 9995" in same
    other = owner.page(str(owner.post(f"{to}/again").headers["Location"]))
    assert "One charge of $89.00 to Mastercard ending 4444" in other


def test_the_home_says_what_to_do_about_it(owner: Person, clock: Stopped) -> None:
    fail(owner, clock)
    html = owner.page()
    assert "Top up the account and try again, or use another card." in html
    assert html.index("Pay $89.00</button>") < html.index("Use another card</button>")


def test_a_card_that_has_expired_is_not_offered_again(owner: Person, clock: Stopped) -> None:
    now = clock()
    card = factory.method(owner.customer, "pm_card_chargeDeclinedExpiredCard")
    clock.set(datetime(2026, 11, 22, 14, 30, tzinfo=UTC))
    order = factory.automatic(owner.customer, card, factory.consented(owner.customer, card), due=date(2026, 11, 22))
    collect_due(order.id)
    clock.set(now)
    html = owner.page()
    assert "has expired." in html and "Use another card, or add the new one." in html
    assert "Use another card</button>" in html and "Pay $89.00</button>" not in html


def test_every_coming_charge_says_when_how_much_with_what_and_why(owner: Person, clock: Stopped) -> None:
    MerchantPolicy.update(move_days=7).where(MerchantPolicy.merchant == owner.customer.merchant_id).execute()
    failed = fail(owner, clock)
    card = factory.method(owner.customer, "pm_card_mastercard")
    consent = factory.consented(owner.customer, card)
    later = factory.automatic(owner.customer, card, consent, 9550, due=date(2026, 12, 1))
    Order.update(title="Retreat").where(Order.id == later.id).execute()
    with unit_of_work():
        plan = BillingSchedule.create(
            merchant=owner.customer.merchant_id, customer=owner.customer, title="Monthly", amount=4200, currency="USD",
            anchor_day=20, starts_on=date(2026, 1, 20), next_on=date(2026, 12, 20), method=card, consent=consent,
            created_at=utc_now(),
        )  # fmt: skip
    html = owner.page()
    coming = html[html.index('id="next-head"') : html.index('id="recent-head"')]
    tried, retreat, run = re.findall(r'<li class="rowline">.*?</li>', coming, re.S)
    assert "$89.00" in tried and "9995" in tried and "tried again, because the bank said no" in tried
    assert "Pick another date" not in tried, "what may be done about it stands where it is told, once"
    assert html.count(f"/orders/{failed.id}/promise") == 1
    assert "$95.50" in retreat and "Mastercard ending 4444" in retreat and "charged automatically" in retreat
    assert f'value="{later.id}"' in retreat and "Pay it now" in retreat
    assert "$42.00" in run and "Mastercard ending 4444" in run and "from your schedule" in run
    assert f"/schedules/{plan.id}" in run and "Pick another date" in run
