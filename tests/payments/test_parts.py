"""Paying a part, several orders, several currencies, sums too small: the rule is told before the card is touched."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments import intention
from domain.payments.again import pay_differently
from domain.payments.amount_text import as_typed, read_amount
from domain.payments.minimum import TooSmall, minimum
from domain.payments.parts import Debt, PartRefused, Rule, can_divide, rule_of, spread
from domain.payments.pay_form import Sent, pay
from domain.payments.press import Pressed, press
from domain.payments.reserve import AlreadyPaid, AmountChanged, Ask, Held, reserve
from integrations.gateways import minimums
from kit.errors import DomainError
from kit.i18n import speaking
from kit.ids import uuid7
from kit.money import Money
from models.base import connected
from models.merchants import MerchantPolicy
from models.orders import Order
from models.payments import (
    Allocation,
    Attempt,
    Origin,
    Payment,
    PlannedTry,
    Receipt,
    Recovery,
    RecoveryState,
    TryState,
)
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh

USD = rule_of(offered=True, floor=Money(0, "USD"), currency="USD")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def debts(*opens: int) -> list[Debt]:
    """Open orders, the first one due first."""
    made = datetime(2026, 11, 1, tzinfo=UTC)
    return [Debt(uuid7(), usd(open_), date(2026, 11, n), made) for n, open_ in enumerate(opens, 1)]


# -- the rule, pure -------------------------------------------------------------------------------------------------


@given(
    opens=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    amount=st.integers(-10, 9000),
    floor=st.integers(0, 900),
    offered=st.booleans(),
)
def test_a_spread_is_exact_oldest_first_and_leaves_only_what_can_be_paid(
    opens: list[int], amount: int, floor: int, offered: bool
) -> None:
    rule = rule_of(offered=offered, floor=usd(floor), currency="USD")
    owed = debts(*opens)
    try:
        shares = spread(usd(amount), owed, rule)
    except (PartRefused, TooSmall):
        return
    assert sum(share.minor for share in shares.values()) == amount >= rule.least.minor
    assert list(shares) == [debt.order for debt in owed[: len(shares)]]
    for debt in owed[: len(shares) - 1]:
        assert shares[debt.order] == debt.open, "only the last one is in part"
    last = owed[len(shares) - 1]
    if shares[last.order] != last.open:
        assert offered and rule.floor <= shares[last.order] <= last.open - rule.least


@given(opens=st.lists(st.integers(1, 400), min_size=1, max_size=4), amount=st.integers(1, 1800))
def test_a_refusal_names_the_nearest_amounts_and_they_are_allowed(opens: list[int], amount: int) -> None:
    owed = debts(*opens)
    allowed = [each for each in range(1, sum(opens) + 1) if _fits(each, owed)]
    if amount in allowed or not allowed or amount > sum(opens):
        return
    with pytest.raises(PartRefused) as refused:
        spread(usd(amount), owed, USD)
    named = [max((each for each in allowed if each < amount), default=0),
             min((each for each in allowed if each > amount), default=0)]  # fmt: skip
    for each in filter(None, named):
        assert str(usd(each)) in refused.value.sentence


def _fits(amount: int, owed: list[Debt]) -> bool:
    """The rule once more, told the long way round."""
    whole = 0
    for debt in owed:
        if whole + debt.open.minor >= amount:
            part, rest = amount - whole, whole + debt.open.minor - amount
            return amount >= 50 and (part == 0 or rest == 0 or (part >= 50 and rest >= 50))
        whole += debt.open.minor
    return False


def test_what_is_too_small_to_divide_is_not_offered_in_parts() -> None:
    assert can_divide(debts(30, 8900), USD) and can_divide(debts(100), USD)
    assert not can_divide(debts(99, 30), USD), "no two sums of 50 cents fit"
    assert not can_divide([], USD) and not can_divide(debts(8900), Rule(False, usd(50), usd(50)))


def test_a_floor_holds_in_the_merchants_own_currency_only() -> None:
    dollars = rule_of(offered=True, floor=usd(1000), currency="USD")
    euros = rule_of(offered=True, floor=usd(1000), currency="EUR")
    assert (dollars.floor, euros.floor) == (usd(1000), Money(50, "EUR"))
    assert rule_of(offered=True, floor=usd(10), currency="USD").floor == usd(50), "never under the processor's"
    with pytest.raises(PartRefused, match=r"at least \$10\.00.*nearest amount is \$10\.00"):
        spread(usd(999), debts(8900), dollars)
    assert spread(usd(1000), debts(8900), dollars)


def test_without_part_payments_only_whole_purchases_go() -> None:
    rule = Rule(offered=False, floor=usd(50), least=usd(50))
    owed = debts(1000, 2000)
    assert list(spread(usd(1000), owed, rule)) == [owed[0].order]
    with pytest.raises(PartRefused, match=r"in whole here.*\$10\.00 and \$30\.00"):
        spread(usd(1500), owed, rule)


def test_case_55_least_amounts_have_the_decimals_of_their_currency() -> None:
    assert [str(minimum(code)) for code in ("USD", "GBP", "JPY", "KWD")] == ["$0.50", "£0.30", "¥50", "KWD0.250"]
    assert minimum("XXQ") == Money(100, "XXQ"), "one whole unit where nothing is known"
    assert minimums.CHECKED.year >= 2026


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "USD", 1250), (" $1,204.50 ", "USD", 120450), ("12", "USD", 1200), ("USD 12.5", "USD", 1250),
        ("1200", "JPY", 1200), ("1,200", "JPY", 1200), ("1.234", "KWD", 1234), ("0.25 kwd", "KWD", 250),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("12,50", "USD", "Write it like 1234.56"), ("all", "USD", "“all” is not an amount"), ("", "USD", "1234.56"),
        ("12.345", "USD", "1234.56"), ("12.5", "JPY", "has no decimals. Write it like 1234"),
        ("-5", "USD", "above zero"), ("0", "USD", "above zero"), ("1.2345", "KWD", "1234.567"),
        ("1e3", "USD", "not an amount"),
        ("9" * 60, "USD", "not an amount"), ("NaN", "USD", "not an amount"), ("<b>5</b>", "USD", "not an amount"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_said_with_an_example(text: str, currency: str, said: str) -> None:
    with pytest.raises(DomainError) as wrong:
        read_amount(text, currency)
    assert said in wrong.value.sentence and wrong.value.field == "amount" and len(wrong.value.sentence) < 200


def test_a_reader_of_another_language_types_a_comma() -> None:
    with speaking(zone="Europe/Berlin", locale="de"):
        assert read_amount("1.204,50", "EUR") == Money(120450, "EUR")
        assert read_amount("12,5 €", "EUR") == Money(1250, "EUR")
        assert as_typed(Money(120450, "EUR")) == "1204,50"
    with speaking(zone="Europe/Paris", locale="fr"):
        assert read_amount("1\u202f204,50 €", "EUR") == Money(120450, "EUR")
    assert as_typed(usd(120450)) == "1204.50" and as_typed(Money(50, "JPY")) == "50"


# -- pressing -------------------------------------------------------------------------------------------------------


def part_page(shop: Shop, amount: int, *orders: Order, currency: str = "USD") -> str:
    """A pay page on which this amount was chosen."""
    return intention.begin(buyer=shop.buyer, orders=[order.id for order in orders], amount=Money(amount, currency))


def press_part(shop: Shop, handle: str, method: Any, **changes: Any) -> Any:
    """The press on the button of that page as it stands."""
    shown = intention.selection(handle, buyer=shop.buyer)
    wish = {"seen": shown.total.minor, "press": shown.press, "whole": shown.choice.whole.minor} | changes
    return press(Pressed(handle, method.id, **wish), buyer=shop.buyer)


def test_a_part_is_charged_once_and_the_rest_stays_open(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    paid = press_part(shop, part_page(shop, 5000, order), card)
    assert (shop.charged(), fresh(order).open, fresh(order).paid) == (5000, 3900, 5000)
    assert Allocation.get(Allocation.payment == paid).amount == 5000 and Receipt.get(Receipt.payment == paid)
    shop.press(card, order)
    assert (shop.charged(), fresh(order).open) == (8900, 0)


def test_an_amount_over_several_orders_fills_the_oldest_first(shop: Shop) -> None:
    late, soon = shop.order(2000, due=date(2026, 12, 20)), shop.order(3000, due=date(2026, 11, 20))
    last = shop.order(1000, due=date(2026, 12, 24))
    press_part(shop, part_page(shop, 3500, late, soon, last), shop.method())
    assert [fresh(order).open for order in (soon, late, last)] == [0, 1500, 1000]
    assert shop.charged() == 3500 and Allocation.select().count() == 2


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (49, r"A part is at least \$0\.50.*The nearest amount is \$0\.50"),
        (8851, r"what remains must be at least \$0\.50.*\$88\.50 and \$89\.00"),
        (8901, r"more than what is open here. You can pay up to \$89\.00"),
    ],
)
def test_case_51_the_rule_is_told_before_the_card_is_touched(shop: Shop, amount: int, said: str) -> None:
    order, card = shop.order(8900), shop.method()
    with pytest.raises(DomainError, match=said):
        part_page(shop, amount, order)
    choices = [(order.id, usd(8900))]
    with pytest.raises(DomainError, match=said):
        reserve(Ask(shop.customer.id, card.id, choices, Origin.PORTAL, parts={order.id: usd(amount)}))
    assert (Payment.select().count(), Attempt.select().count(), shop.charged()) == (0, 0, 0)


def test_case_51_a_floor_of_the_merchant_holds_in_the_reserve(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handle = part_page(shop, 900, order)
    MerchantPolicy.update(part_floor=1000).where(MerchantPolicy.merchant == shop.customer.merchant_id).execute()
    with pytest.raises(AmountChanged, match=r"\$89\.00"):
        press_part(shop, handle, card, seen=900, whole=1)
    with pytest.raises(PartRefused, match=r"at least \$10\.00"):
        press_part(shop, handle, card, seen=900, whole=8900)
    MerchantPolicy.update(part_payments=False).where(MerchantPolicy.merchant == shop.customer.merchant_id).execute()
    with pytest.raises(PartRefused, match="in whole here"):
        press_part(shop, handle, card, seen=900, whole=8900)
    assert (Payment.select().count(), shop.charged()) == (0, 0)


def test_case_54_what_is_open_changed_under_a_part(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handle = part_page(shop, 5000, order)
    Order.update(total=9900, open=9900).where(Order.id == order.id).execute()
    form = {"handle": handle, "orders": [order.id], "method": card.id, "seen": 5000, "press": 1, "amount": "50.00"}
    with pytest.raises(AmountChanged, match=r"now \$99\.00 together. Nothing was taken"):
        pay(Sent(**form, whole=8900), buyer=shop.buyer)
    assert (shop.charged(), Payment.select().count()) == (0, 0)
    pay(Sent(**form, whole=9900), buyer=shop.buyer)
    assert (shop.charged(), fresh(order).open) == (5000, 4900)


def test_an_amount_that_is_not_on_the_button_is_shown_first(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    form = {"handle": handle, "orders": [order.id], "method": card.id, "press": 1, "amount": "50"}
    with pytest.raises(AmountChanged, match=r"The total is now \$50\.00. Nothing was taken"):
        pay(Sent(**form, seen=8900, whole=8900), buyer=shop.buyer)
    with pytest.raises(DomainError, match="not an amount"):
        pay(Sent(**{**form, "amount": "50,00"}, seen=5000, whole=8900), buyer=shop.buyer)
    assert intention.selection(handle, buyer=shop.buyer).chosen == {order.id}, "the ticks are kept"
    assert shop.charged() == 0


def test_case_31_a_part_pressed_twice_is_one_charge(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handle = part_page(shop, 5000, order)
    form = Sent(handle, [order.id], card.id, 5000, 1, amount="50.00", whole=8900)
    assert pay(form, buyer=shop.buyer) == pay(form, buyer=shop.buyer)
    assert (shop.charged(), Attempt.select().count(), fresh(order).open) == (5000, 1, 3900)


def test_case_32_the_second_tab_with_a_part_is_asked_again(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    here, there = part_page(shop, 5000, order), part_page(shop, 5000, order)
    press_part(shop, here, card)
    with pytest.raises(AmountChanged):
        press_part(shop, there, card, seen=5000, whole=8900)
    assert (shop.charged(), fresh(order).open) == (5000, 3900)
    shown = intention.selection(there, buyer=shop.buyer)
    assert (shown.total, shown.choice.is_part) == (usd(3900), False), "50 is too much by now: the rest is shown"


def test_the_back_button_after_a_part_offers_what_is_left(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handle = part_page(shop, 3000, order)
    press_part(shop, handle, card)
    shown = intention.selection(handle, buyer=shop.buyer)
    assert (shown.total, shown.choice.whole, shown.press) == (usd(3000), usd(5900), 2)
    press_part(shop, handle, card)
    assert (shop.charged(), fresh(order).open, Payment.select().count()) == (6000, 2900, 2)


def test_many_threads_press_a_part_at_once_and_one_charge_is_made(shop: Shop) -> None:
    order, card = shop.order(8900), shop.method()
    handles = [part_page(shop, 5000, order) for _ in range(3)] * 2
    start, answers = threading.Barrier(len(handles)), list[object]()

    def tab(handle: str) -> None:
        start.wait()
        with connected():
            try:
                answers.append(press(Pressed(handle, card.id, 5000, 1, whole=8900), buyer=shop.buyer))
            except (Held, AlreadyPaid, AmountChanged) as lost:
                answers.append(lost)

    threads = [threading.Thread(target=tab, args=(handle,)) for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), Payment.select().count(), shop.charged(), fresh(order).open) == (6, 1, 5000, 3900)


def test_paying_a_declined_part_differently_keeps_the_part(shop: Shop) -> None:
    order = shop.order(8900)
    failed = press_part(shop, part_page(shop, 5000, order), shop.method("pm_card_visa_chargeDeclined"))
    good = shop.method()
    again = pay_differently(payment=failed, buyer=shop.buyer)
    assert again is not None
    assert intention.selection(again, buyer=shop.buyer).total == usd(5000)
    Order.update(total=4000, open=4000).where(Order.id == order.id).execute()
    later = pay_differently(payment=failed, buyer=shop.buyer)
    assert later is not None
    assert intention.selection(later, buyer=shop.buyer).total == usd(4000), "too much by now: the whole"
    press_part(shop, later, good)
    assert (shop.charged(), fresh(order).open) == (4000, 0)


# -- sums too small, several currencies -----------------------------------------------------------------------------


def test_case_55_a_sum_below_the_minimum_is_carried_and_goes_with_the_next(shop: Shop) -> None:
    tiny, card = shop.order(30), shop.method()
    with pytest.raises(TooSmall, match=r"\$0\.30 is too small.*the least is \$0\.50. It is carried and paid together"):
        shop.press(card, tiny)
    assert intention.selection(intention.begin(buyer=shop.buyer), buyer=shop.buyer).refused
    assert (Payment.select().count(), shop.charged(), fresh(tiny).open) == (0, 0, 30)
    shop.press(card, tiny, shop.order(8900))
    assert (shop.charged(), fresh(tiny).open) == (8930, 0)


@pytest.mark.parametrize(
    ("currency", "open_", "part", "left"), [("JPY", 12000, 5000, 7000), ("KWD", 12345, 1001, 11344)]
)
def test_case_55_parts_in_yen_and_dinars(shop: Shop, currency: str, open_: int, part: int, left: int) -> None:
    order = shop.order(open_, currency=currency)
    press_part(shop, part_page(shop, part, order, currency=currency), shop.method())
    assert (attempt_of(Payment.get().id).amount, fresh(order).open) == (part, left)


def test_two_currencies_are_two_payments_one_after_the_other(shop: Shop) -> None:
    dollars, euros = shop.order(8900), shop.order(3000, currency="EUR")
    first = intention.begin(buyer=shop.buyer)
    shown = intention.selection(first, buyer=shop.buyer)
    assert (shown.total, shown.blocked) == (usd(8900), ())
    assert shown.then is not None and shown.then.amount == Money(3000, "EUR")
    card = shop.method()
    shop.press(card, handle=first)
    assert (fresh(dollars).open, fresh(euros).open) == (0, 3000)
    second = intention.selection(shown.then.handle, buyer=shop.buyer)
    assert (second.total, second.then) == (Money(3000, "EUR"), None)
    shop.press(card, handle=shown.then.handle)
    assert fresh(euros).open == 0 and Payment.select().count() == 2
    assert intention.selection(first, buyer=shop.buyer).then is None, "nothing of it is left"


# -- together with a recovery ---------------------------------------------------------------------------------------


def test_case_52_a_part_in_recovery_keeps_the_plan_and_the_next_try_asks_for_the_rest(shop: Shop) -> None:
    empty = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, empty, factory.consented(shop.customer, empty), 8900)
    shop.pass_time(hours=12)
    shop.work()
    case = Recovery.get(Recovery.order == order)
    planned = PlannedTry.get(PlannedTry.recovery == case)
    press_part(shop, part_page(shop, 5000, order), shop.method())
    assert (fresh(case).state, fresh(order).open, shop.charged()) == (RecoveryState.OPEN, 3900, 5000)
    still = PlannedTry.get((PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED))
    assert (still.id, still.due_at) == (planned.id, planned.due_at), "the plan is not reset"
    shop.pass_time(seconds=(planned.due_at - shop.clock.at).total_seconds() + 1)
    shop.work()
    again = Attempt.select().where(Attempt.method == empty).order_by(Attempt.reserved_at.desc()).first()
    assert (again.amount, fresh(planned).state, shop.charged()) == (3900, TryState.MADE, 5000)
    shop.press(shop.method("pm_card_mastercard"), order)
    assert (fresh(case).state, fresh(order).open, shop.charged()) == (RecoveryState.RECOVERED, 0, 8900)


def test_a_part_paid_early_leaves_the_rest_to_the_automatic_payment(shop: Shop) -> None:
    card = shop.method()
    under = factory.consented(shop.customer, card)
    order = factory.automatic(shop.customer, card, under, 8900, due=date(2026, 11, 25))
    press_part(shop, part_page(shop, 5000, order), card)
    assert (shop.charged(), fresh(order).open) == (5000, 3900)
    shop.pass_time(days=3)
    shop.work()
    assert (shop.charged(), fresh(order).open, fresh(order).collect_at) == (8900, 0, None)
