"""The brake: set by returns, keeps the clock's bank debits back, leaves people free, is lifted with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.compliance import brakes
from domain.compliance.returns import gauges_of
from domain.compliance.terms import Group, What, gauges
from domain.mail.letter import Envelope
from domain.mail.messages import brake_set
from domain.merchants.facts import facts_of
from domain.recoveries.terms import Rule
from kit.errors import DomainError, NotFound
from models.base import unit_of_work
from models.console import Brake
from models.orders import Order
from models.payments import Attempt, AttemptState, PlannedTry, TryState
from models.work import Event, Mail
from tests import factory
from tests.compliance.conftest import past
from tests.disputes.conftest import return_late
from tests.payments.conftest import fresh
from tests.recoveries.test_recoveries import at, authorised
from tests.refunds.conftest import Counter, one_store

BANK = "pm_usBankAccount_success"


def _pays_late(counter: Counter, code: str) -> None:
    """A debit that was final comes back."""
    return_late(counter, counter.debited(counter.shop.order(5000)), code)


def stopped(counter: Counter) -> Brake:
    past(counter, counter.shop.method(BANK), 100)
    _pays_late(counter, "R10")
    assert not Brake.select().exists(), "one return alone never stops anything"
    _pays_late(counter, "R10")
    row: Brake = Brake.get()
    return row


def test_case_47_returns_stop_the_clocks_bank_debits_and_nobody_else(counter: Counter) -> None:
    shop = counter.shop
    owner = factory.staff(of=shop.customer.merchant)
    brake = stopped(counter)
    assert (brake.lifted_at, brakes.group_of(brake)) == (None, (Group.UNAUTHORIZED, 2, 102))
    assert [row.to_address for row in Mail.select().where(Mail.template == "brake_set")] == [owner.email]
    assert Event.select().where(Event.kind == "brake.set").count() == 1

    bank, card = shop.method(BANK), shop.method()
    authorised(shop, bank)
    waits = factory.automatic(shop.customer, bank, factory.consented(shop.customer, bank))
    goes = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    before, of_bank = Attempt.select().count(), Attempt.select().where(Attempt.method == bank)
    debits = of_bank.count()
    shop.pass_time(days=4)
    shop.work()
    assert Attempt.select().count() == before + 1 and fresh(goes).open == 0, "a card is charged as ever"
    held = fresh(waits)
    assert held.open == 8900 and held.collect_at > shop.clock.at, "it waits for another day and is not lost"
    with unit_of_work():
        assert not brakes.judge(counter.account, shop.clock.at), "set once"

    brakes.lift(merchant=counter.merchant, brake=brake.id, reason=" Asked all  of them. ", staff=owner.id)
    brakes.judge_all()
    assert fresh(brake).lifted_why == "Asked all of them." and Brake.select().count() == 1, "no new return"
    shop.clock.set(held.collect_at)
    shop.pass_time(minutes=1)
    shop.work()
    assert of_bank.count() == debits + 1, "and goes on"
    shop.pass_time(days=8)
    shop.work()
    assert fresh(waits).open == 0
    _pays_late(counter, "R07")
    assert Brake.select().count() == 2, "set again by a new return"


@one_store
def test_the_owners_read_what_has_stopped_and_nothing_once_it_is_lifted(counter: Counter) -> None:
    house = counter.shop.customer.merchant
    brake, owner = stopped(counter), factory.staff(of=house)
    envelope = Envelope({"brake": str(brake.id)}, owner.email, owner.name, facts_of(house))
    letter = brake_set.build(envelope)
    assert letter is not None and ("How many", "2 of 102 debits in 60 days") in letter.rows
    assert letter.button is not None and letter.button.url.endswith(f"/merchant/{house.slug}/limits")
    brakes.lift(merchant=house.id, brake=brake.id, reason="Asked them.", staff=owner.id)
    assert brake_set.build(envelope) is None


@one_store
def test_a_person_may_pay_from_the_bank_while_the_clock_may_not(counter: Counter) -> None:
    stopped(counter)
    order = counter.shop.order(4000)
    counter.debited(order)
    assert fresh(order).open == 0


@one_store
def test_a_planned_try_waits_and_says_why(counter: Counter) -> None:
    shop = counter.shop
    bank = shop.method("pm_usBankAccount_insufficientFunds")
    authorised(shop, bank)
    order = factory.automatic(shop.customer, bank, factory.consented(shop.customer, bank))
    at(shop, 23)
    shop.work()
    shop.pass_time(days=8)
    shop.work()
    planned = PlannedTry.get(PlannedTry.state == TryState.PLANNED)
    Brake.create(
        merchant=counter.merchant,
        gateway_account=counter.account,
        what=What.BANK_DEBITS,
        reason="all:20:100",
        set_at=shop.clock.at,
    )
    tries = Attempt.select().where(Attempt.method == bank).count()
    shop.clock.set(max(planned.due_at, shop.clock.at) + timedelta(minutes=1))
    shop.work()
    still = fresh(planned)
    assert (still.state, still.rule) == (TryState.PLANNED, Rule.STOPPED) and still.due_at > shop.clock.at
    assert Attempt.select().where(Attempt.method == bank).count() == tries and Order.get_by_id(order.id).open == 8900


@one_store
def test_who_may_lift_and_what_they_must_say(counter: Counter) -> None:
    brake, other = stopped(counter), factory.merchant()
    staff = factory.staff(of=counter.shop.customer.merchant)
    with pytest.raises(DomainError, match="Write why"):
        brakes.lift(merchant=counter.merchant, brake=brake.id, reason="  ", staff=staff.id)
    with pytest.raises(NotFound):
        brakes.lift(merchant=other.id, brake=brake.id, reason="Ours.", staff=staff.id)
    brakes.lift(merchant=counter.merchant, brake=brake.id, reason="Asked them.", staff=staff.id)
    with pytest.raises(NotFound):
        brakes.lift(merchant=counter.merchant, brake=brake.id, reason="Twice.", staff=staff.id)
    assert Event.get(Event.kind == "brake.lifted").actor_id == str(staff.id)


def test_gauges_count_the_returns_of_sixty_days(counter: Counter) -> None:
    past(counter, counter.shop.method(BANK), 10)
    for code in ("R10", "R02", "R01"):
        _pays_late(counter, code)
    counts = {
        gauge.group: (gauge.returns, gauge.debits, gauge.enough)
        for gauge in gauges_of(counter.account, counter.shop.clock.at, brake_at=80)
    }
    assert counts == {
        Group.UNAUTHORIZED: (1, 13, False),
        Group.ADMINISTRATIVE: (1, 13, False),
        Group.ALL: (3, 13, False),
    }
    late = counter.shop.clock.at + timedelta(days=61)
    assert [gauge.debits for gauge in gauges_of(counter.account, late, brake_at=80)] == [0, 0, 0]
    assert Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED).count() == 3


@pytest.mark.parametrize(
    ("counted", "debits", "high"),
    [
        ({"R10": 2}, 500, {Group.UNAUTHORIZED}),  # 0.40 %: exactly four fifths of 0.5 %
        ({"R10": 2}, 501, set()),
        ({"R10": 1}, 100, set()),
        ({"R10": 50}, 99, set()),
        ({"R02": 24}, 1000, {Group.ADMINISTRATIVE}),
        ({"R02": 23}, 1000, set()),
        ({"R01": 120}, 1000, {Group.ALL}),
        ({"R01": 119}, 1000, set()),
    ],
)
def test_when_a_rate_is_too_close_to_its_limit(counted: dict[str, int], debits: int, high: set[Group]) -> None:
    assert {gauge.group for gauge in gauges(counted, debits=debits, brake_at=80) if gauge.too_high} == high
