"""The plan keeps its promises for whatever may have happened, and chooses as it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.merchants.policy import Policy
from domain.recoveries import ceiling
from domain.recoveries.declines import verdict
from domain.recoveries.plan import plan
from domain.recoveries.slots import draw, is_payday
from domain.recoveries.terms import Case, Failure, Method, Next, Promised, Rule, Stop, Why
from kit.calendar import is_banking_day, local_day
from models.merchants import EndAction

NEW_YORK = "America/New_York"
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 9 in the morning
CARD, BANK, SPARE, LAST = (UUID(int=n) for n in (1, 2, 3, 4))
POLICY = Policy(
    tries=8, window_days=27, spacing=(1, 2, 3, 5, 7, 10, 15, 24), bank_tries=2, hour=None, explore_percent=0,
    backup_after=2, end_action=EndAction.LEAVE, promise_days=14, part_payments=True, part_floor=0, bill_days_ahead=3,
    tell_before_charge=False, customers_skip=False, move_days=7,
)  # fmt: skip


def no(at: datetime, code: str = "generic_decline", *, on: UUID = CARD, by_hand: bool = False, amount: int = 8900,
       brand: str = "visa", **network: str) -> Failure:  # fmt: skip
    return Failure(at, on, verdict(code, on=at.date(), brand=brand, **network), amount, automatic=not by_hand)


def a_case(*failures: Failure, **changes: object) -> Case:
    failures = failures or (no(MONDAY),)
    made = Case(
        opened_at=failures[0].at, failures=failures, methods=(Method(CARD, "visa", bank=False),), open=8900, least=50,
        policy=POLICY, zone=NEW_YORK, hour=9, now=failures[-1].at,
    )  # fmt: skip
    return replace(made, **changes)


def days_of(case: Case) -> list[date]:
    """The local days of every try, if each of them is declined like the last one."""
    days = []
    while isinstance(following := plan(case), Next):
        days.append(local_day(following.at, case.zone))
        last = replace(case.failures[-1], at=following.at, method=following.method)
        case = replace(case, failures=(*case.failures, last), now=following.at)
    return days


def test_the_policys_days_at_the_merchants_hour_over_daylight_saving() -> None:
    opened = datetime(2026, 10, 30, 13, 0, tzinfo=UTC)  # New York leaves summer time on 1 November
    first = plan(a_case(no(opened)))
    second = plan(a_case(no(opened), no(datetime(2026, 11, 1, 1, tzinfo=UTC))))
    assert isinstance(first, Next) and isinstance(second, Next)
    assert (first.at.hour, second.at.hour, second.at.date()) == (13, 14, date(2026, 11, 1))
    assert (first.rule, first.probability, first.reason) == (
        Rule.POLICY, "1", "Try 1 of 8: the policy's day 1 is 2026-10-31.",
    )  # fmt: skip


def test_eight_tries_within_27_days_most_in_the_first_ten() -> None:
    days = days_of(a_case())
    first = date(2026, 11, 23)
    assert [(day - first).days for day in days] == [1, 2, 3, 5, 7, 10, 15, 24]


def test_not_enough_money_waits_for_a_payday_that_is_near() -> None:
    days = days_of(a_case(no(MONDAY, "insufficient_funds")))
    assert days[:3] == [date(2026, 11, 24), date(2026, 11, 27), date(2026, 11, 30)]
    assert [is_payday(day) for day in days[:3]] == [False, True, True]  # a Friday, the last banking day
    assert is_payday(date(2026, 12, 15)) and is_payday(date(2026, 12, 1)) and not is_payday(date(2026, 12, 2))


def test_case_40_a_hard_decline_ends_the_method_at_once() -> None:
    assert plan(a_case(no(MONDAY, "lost_card"))) == Stop(
        Why.METHOD, "This method is not tried again by itself; a new one arms it again."
    )
    revived = replace(no(MONDAY, "lost_card"), superseded=True)
    assert isinstance(plan(a_case(revived)), Next)


def test_case_41_a_wish_to_confirm_is_never_tried_again_unattended() -> None:
    with_spare = (Method(CARD, "visa", bank=False), Method(SPARE, "visa", bank=False))
    stopped = plan(a_case(no(MONDAY, "authentication_required"), methods=with_spare))
    assert isinstance(stopped, Stop) and stopped.why is Why.CONFIRM


def test_case_42_somebodys_own_failed_try_spends_no_budget() -> None:
    own = [no(MONDAY + timedelta(minutes=n), by_hand=True) for n in range(1, 12)]
    assert plan(a_case(no(MONDAY), *own)).at == plan(a_case()).at  # type: ignore[union-attr]


def test_case_43_a_spent_card_waits_until_the_network_lets_it() -> None:
    spent = Method(CARD, "visa", bank=False, declines=tuple(MONDAY - timedelta(days=n) for n in range(20)))
    waits = plan(a_case(methods=(spent,)))
    assert isinstance(waits, Next)
    assert (waits.rule, waits.at) == (Rule.NETWORK, datetime(2026, 12, 8, 14, tzinfo=UTC))
    assert "its network allows a try only from then on" in waits.reason
    for_good = replace(spent, declines=(MONDAY,) * 20)
    stopped = plan(a_case(methods=(for_good,)))
    assert isinstance(stopped, Stop) and stopped.why is Why.NETWORK


def test_a_mastercards_wait_is_kept() -> None:
    asked = no(MONDAY, "insufficient_funds", brand="mastercard", advice="28")  # six days
    waits = plan(a_case(asked, methods=(Method(CARD, "mastercard", bank=False),)))
    assert isinstance(waits, Next)
    assert (waits.rule, waits.at >= MONDAY + timedelta(days=6)) == (Rule.WAIT, True)


def returned(code: str = "R01", *more: datetime, amount: int = 8900) -> Case:
    entries = tuple(no(at, code, on=BANK, brand="Test Bank", amount=amount) for at in (MONDAY, *more))
    return a_case(*entries, methods=(Method(BANK, "Test Bank", bank=True),))


def test_case_44_a_returned_debit_comes_again_twice_at_most() -> None:
    days = days_of(returned())
    assert len(days) == 2 and all(map(is_banking_day, days))
    third = plan(returned("R01", MONDAY + timedelta(days=3), MONDAY + timedelta(days=8)))
    assert isinstance(third, Stop) and third.why is Why.EXHAUSTED


def test_case_44_only_r01_and_r09_come_again() -> None:
    assert isinstance(plan(returned("R09")), Next)
    for code in ("R02", "R05", "R10", "R29", "generic_decline", "payment_method_provider_decline"):
        assert isinstance(plan(returned(code)), Stop), code


def test_case_44_not_after_180_days() -> None:
    late = returned()
    late = replace(
        late,
        opened_at=MONDAY + timedelta(days=179),
        now=MONDAY + timedelta(days=179),
        policy=replace(POLICY, spacing=(5,)),
    )
    assert isinstance(plan(late), Stop)


def test_case_50_a_debit_that_fails_at_once_counts_as_well() -> None:
    at_once = (MONDAY + timedelta(minutes=1), MONDAY + timedelta(minutes=2))
    stopped = plan(returned("R01", *at_once))
    assert isinstance(stopped, Stop) and stopped.why is Why.EXHAUSTED


def test_case_52_after_a_part_payment_a_debit_is_not_presented_again() -> None:
    stopped = plan(replace(returned(), open=5000))
    assert isinstance(stopped, Stop) and stopped.why is Why.AMOUNT
    assert isinstance(plan(a_case(open=5000)), Next), "a card is asked for the rest"


def test_case_69_a_debit_moves_to_the_next_banking_day_and_a_card_does_not() -> None:
    on_thanksgiving = replace(POLICY, spacing=(3,))
    debit, card = plan(replace(returned(), policy=on_thanksgiving)), plan(a_case(policy=on_thanksgiving))
    assert isinstance(debit, Next) and isinstance(card, Next)
    assert (local_day(debit.at, NEW_YORK), local_day(card.at, NEW_YORK)) == (date(2026, 11, 27), date(2026, 11, 26))


def test_case_62_backups_stand_in_once_each_in_order() -> None:
    methods = tuple(Method(each, "visa", bank=False) for each in (CARD, SPARE, LAST))
    case, asked = a_case(methods=methods), []
    while isinstance(following := plan(case), Next) and len(asked) < 6:
        asked.append((following.method, following.rule is Rule.BACKUP))
        case = replace(case, failures=(*case.failures, no(following.at, on=following.method)), now=following.at)
    assert asked == [(CARD, False), (SPARE, True), (LAST, True), (CARD, False), (CARD, False), (CARD, False)]
    after_hard = plan(a_case(no(MONDAY, "lost_card"), methods=methods))
    assert isinstance(after_hard, Next) and (after_hard.method, after_hard.rule) == (SPARE, Rule.BACKUP)
    barred = (methods[0], replace(methods[1], barred=Why.METHOD), methods[2])
    assert plan(a_case(no(MONDAY, "lost_card"), methods=barred)).method == LAST  # type: ignore[union-attr]


def test_case_60_everything_waits_for_the_promised_day() -> None:
    waits = plan(a_case(promised=Promised(date(2026, 11, 27))))
    assert isinstance(waits, Stop) and waits.why is Why.PROMISE
    charged = plan(a_case(promised=Promised(date(2026, 11, 26), CARD)))
    assert isinstance(charged, Next)
    assert (charged.at, charged.rule) == (datetime(2026, 11, 26, 14, tzinfo=UTC), Rule.PROMISE)
    hard = a_case(no(MONDAY, "lost_card"), promised=Promised(date(2026, 11, 26), CARD))
    assert isinstance(plan(hard), Stop), "a hard decline holds on the promised day too"


def test_nothing_is_planned_for_nothing_or_for_too_little() -> None:
    assert plan(a_case(open=0)).why is Why.SETTLED  # type: ignore[union-attr]
    assert plan(a_case(open=49)).why is Why.TOO_SMALL  # type: ignore[union-attr]


def test_exploring_takes_another_allowed_slot_as_often_as_it_says() -> None:
    case = a_case(policy=replace(POLICY, explore_percent=10, spacing=(2, 6)), draw=0)
    plans = [plan(replace(case, draw=n)) for n in range(0, 10_000, 50)]
    assert all(isinstance(each, Next) for each in plans)
    preferred = plans[0].at  # type: ignore[union-attr]
    assert sum(each.at != preferred for each in plans) == 20  # type: ignore[union-attr]
    assert {each.probability for each in plans} == {"0.9", "0.0334", "0.0333"}  # type: ignore[union-attr]
    assert draw("harbor", "HY-1", 1) == draw("harbor", "HY-1", 1) != draw("harbor", "HY-1", 2)


def test_a_slot_that_has_passed_is_no_slot() -> None:
    policy = replace(POLICY, explore_percent=50, spacing=(1, 9))
    tomorrow = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # ten in the morning; tries are at three, or at nine
    case = a_case(policy=policy, hour=15, now=tomorrow)
    slots = plan(case).slots  # type: ignore[union-attr]
    assert [(slot.at.day, slot.at.hour) for slot in slots] == [(24, 20), (25, 20), (26, 20)]
    earlier = plan(replace(case, now=MONDAY)).slots  # type: ignore[union-attr]
    assert [(slot.at.day, slot.at.hour) for slot in earlier] == [(24, 20), (24, 14), (25, 20), (26, 20)]
    assert len(plan(replace(case, policy=replace(policy, window_days=2))).slots) == 2  # type: ignore[union-attr]


CODES = ["insufficient_funds", "do_not_honor", "generic_decline", "lost_card", "authentication_required",
         "try_again_later", "R01", "R09", "R02", "R10"]  # fmt: skip


@st.composite
def cases(make: st.DrawFn) -> Case:
    opened = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=make(st.integers(0, 24 * 700)))
    kinds = make(st.lists(st.sampled_from(["visa", "mastercard", "bank"]), min_size=1, max_size=3))
    methods = tuple(
        Method(
            UUID(int=n + 1), brand, bank=brand == "bank",
            barred=make(st.sampled_from([None, None, None, Why.METHOD, Why.CONSENT])),
            declines=tuple(opened - timedelta(hours=each) for each in make(st.lists(st.integers(0, 900), max_size=40))),
        )
        for n, brand in enumerate(kinds)
    )  # fmt: skip
    at, failures = opened, []
    for n in range(make(st.integers(1, 10))):
        method = make(st.sampled_from(methods))
        judged = verdict(
            make(st.sampled_from(CODES)), on=at.date(), brand=method.brand,
            advice=make(st.sampled_from([None, "25", "30", "03", "40"])),
        )  # fmt: skip
        amount = make(st.sampled_from([8900, 5000]))
        failures.append(Failure(at, method.id, judged, amount, automatic=n == 0 or make(st.booleans())))
        at += timedelta(hours=make(st.integers(1, 200)))
    spacing = tuple(sorted(make(st.sets(st.integers(0, 40), min_size=1, max_size=12))))
    policy = replace(
        POLICY, tries=make(st.integers(0, 20)), window_days=make(st.integers(1, 60)), spacing=spacing,
        bank_tries=make(st.integers(0, 2)), explore_percent=make(st.integers(0, 50)),
        backup_after=make(st.integers(1, 4)),
    )  # fmt: skip
    promised = make(st.sampled_from([None, None, Promised((at + timedelta(days=3)).date(), methods[0].id)]))
    return Case(
        opened_at=opened, failures=tuple(failures), methods=methods, open=8900, least=50, policy=policy,
        zone=make(st.sampled_from([NEW_YORK, "UTC", "Asia/Kathmandu", "Pacific/Auckland"])),
        hour=make(st.integers(0, 23)), now=at, promised=promised, draw=make(st.integers(0, 9999)),
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(cases())
def test_what_a_plan_never_does(case: Case) -> None:
    following = plan(case)
    assert plan(case) == following, "the same facts give the same plan"
    if isinstance(following, Stop):
        return
    method = next(each for each in case.methods if each.id == following.method)
    mine = [each for each in case.failures if each.method == method.id]
    assert method.barred is None
    assert following.at > case.now
    assert not any(each.verdict.hard for each in mine), "a hard decline is final for its method"
    assert not ceiling.is_over(method.declines, brand=method.brand, at=following.at), "never above a network's limit"
    assert all(following.at >= each.at + each.verdict.wait for each in mine if each.verdict.wait)
    assert sum(Decimal(slot.probability) for slot in following.slots) == 1
    assert following.probability in {slot.probability for slot in following.slots if slot.at == following.at}
    day = local_day(following.at, case.zone)
    if following.rule is not Rule.PROMISE:
        assert day <= case.first_day + timedelta(days=case.policy.window_days), "never outside of the window"
        assert case.made < case.policy.tries
        for slot in following.slots:
            assert slot.at > case.now
            assert local_day(slot.at, case.zone) <= case.first_day + timedelta(days=case.policy.window_days)
            assert not ceiling.is_over(method.declines, brand=method.brand, at=slot.at)
    if method.bank:
        assert is_banking_day(day)
        if mine:
            assert len(mine) <= min(2, case.policy.bank_tries)
            assert mine[-1].amount == case.open and following.at <= mine[0].at + timedelta(days=180)
    if method != case.methods[0] and following.rule is not Rule.PROMISE:
        assert not any(each.automatic for each in mine), "a backup stands in once"
