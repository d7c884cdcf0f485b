"""Waves: automatic charges in batches, claimed by lease, at the pace of the processor account."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from peewee import SQL

from domain.payments import collect, pace, wave
from domain.payments.claims import LEASE, Claimed, accounts_with_work, claim, give_back
from domain.work.due import backlog, due, hints
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from models import base
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment, PlannedTry, TryState
from tests import factory
from tests.payments.conftest import Shop, fresh

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


def _account() -> GatewayAccount:
    row: GatewayAccount = GatewayAccount.get()
    return row


def _due(shop: Shop, count: int, token: str = "pm_card_visa") -> list[Order]:
    """Automatic orders of one card that have come due."""
    card = shop.method(token)
    under = factory.consented(shop.customer, card)
    made = [factory.automatic(shop.customer, card, under, 100 + n) for n in range(count)]
    shop.pass_time(hours=3)
    return made


def _bare(shop: Shop, count: int) -> None:
    """Rows to claim, not to charge."""
    for _n in range(count):
        row = factory.order(shop.customer)
        Order.update(collect_at=utc_now() - timedelta(minutes=1)).where(Order.id == row.id).execute()


def _moving(shop: Shop) -> Callable[[float], None]:
    """To wait is to move the clock."""
    return lambda seconds: shop.pass_time(seconds=seconds)


def _ids(rows: list[Claimed]) -> set[UUID]:
    return {row.id for row in rows}


def test_a_wave_charges_orders_and_retries_once_each(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave, "BATCH", 2)
    failing = shop.method(FUNDS)
    factory.automatic(shop.customer, failing, factory.consented(shop.customer, failing), 5000)
    shop.pass_time(hours=3)
    wave.work_through(_account().id)
    assert PlannedTry.select().where(PlannedTry.state == TryState.PLANNED).count() == 1
    shop.sandbox.control(behave=[{"method": failing.gateway_ref, "as": "approve"}])
    PlannedTry.update(due_at=utc_now()).execute()
    _due(shop, 4)
    wave.work_through(_account().id)
    wave.work_through(_account().id)
    assert shop.charged() == 5000 + 100 + 101 + 102 + 103
    assert (Order.select().where(Order.open > 0).count(), hints(utc_now())) == (0, _others(utc_now()))


def _others(now: datetime) -> list[object]:
    """What is hinted at that is no charge: letters, and days to be counted."""
    return [row for row in hints(now) if row.kind in {Work.MAIL, Work.ROLLUP}]


def test_two_claim_at_once_and_no_row_goes_to_both(shop: Shop) -> None:
    _bare(shop, 30)
    merchant, taken = shop.customer.merchant_id, [list[Claimed](), list[Claimed]()]
    together = threading.Barrier(2)

    def take(mine: list[Claimed]) -> None:
        with base.connected():
            together.wait()
            for _n in range(5):
                mine.extend(claim(merchant, limit=4, now=utc_now()))

    threads = [threading.Thread(target=take, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken[0]) + len(taken[1]) == len(_ids(taken[0]) | _ids(taken[1])) == 30


def test_the_rows_of_a_killed_worker_are_due_again_when_their_lease_ends(shop: Shop) -> None:
    orders = _due(shop, 3)
    assert len(claim(shop.customer.merchant_id, limit=50, now=utc_now())) == 3  # and then it is killed
    assert [row for row in due(utc_now()) if row.kind == Work.COLLECT] == []
    wave.work_through(_account().id)
    assert shop.charged() == 0
    assert next(one.count for one in backlog(utc_now()) if one.kind == Work.COLLECT) == 3  # operators see them still
    shop.pass_time(seconds=LEASE.total_seconds() + 1)
    assert [account for account, _since in accounts_with_work(utc_now())] == [_account().id]
    wave.work_through(_account().id)
    assert (shop.charged(), {fresh(order).open for order in orders}) == (303, {0})


def test_what_a_killed_worker_had_reserved_is_closed_and_charged_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = _due(shop, 1)

    class Killed(BaseException):
        """The end of the process."""

    def die(*_row: object, **_more: object) -> None:
        raise Killed

    monkeypatch.setattr(collect, "ask", die)
    with pytest.raises(Killed):
        wave.work_through(_account().id)
    monkeypatch.undo()
    for _round in range(8):
        shop.pass_time(minutes=2)
        shop.work()
        wave.work_through(_account().id)
    assert (shop.charged(), fresh(order).open, Payment.select().count()) == (100, 0, 2)


def test_what_is_given_back_may_be_claimed_at_once_but_not_what_another_holds(shop: Shop) -> None:
    _bare(shop, 2)
    merchant = shop.customer.merchant_id
    first = claim(merchant, limit=50, now=utc_now())
    shop.pass_time(seconds=LEASE.total_seconds() + 1)
    again = claim(merchant, limit=1, now=utc_now())
    give_back(first)
    assert _ids(claim(merchant, limit=50, now=utc_now())) == _ids(first) - _ids(again)


def test_charges_keep_to_the_accounts_pace(shop: Shop) -> None:
    _due(shop, 7)
    GatewayAccount.update(charges_a_second=2).execute()
    wave.work_through(_account().id, budget=timedelta(seconds=60), wait=_moving(shop))
    at = sorted(row.reserved_at for row in Attempt.select())
    assert [later - earlier for earlier, later in itertools.pairwise(at)] == [timedelta(seconds=0.5)] * 6


def test_slots_are_given_out_once_and_not_further_ahead_than_asked(shop: Shop) -> None:
    now, account = utc_now(), _account().id
    GatewayAccount.update(charges_a_second=4).execute()
    quarter, second = timedelta(milliseconds=250), timedelta(seconds=1)
    assert pace.take(account, wanted=3, now=now, until=now + second) == [now, now + quarter, now + 2 * quarter]
    assert pace.take(account, wanted=3, now=now, until=now + second) == [now + 3 * quarter]
    assert pace.take(account, wanted=3, now=now, until=now + second) == []
    later = now + 10 * second  # slots that nobody took do not pile up
    assert pace.take(account, wanted=9, now=later, until=later + second) == [later + n * quarter for n in range(4)]
    GatewayAccount.update(charges_a_second=0).execute()
    assert pace.take(account, wanted=1, now=later + second, until=later + 9 * second) == []


def test_many_take_slots_at_once_and_none_goes_to_two(shop: Shop) -> None:
    now, account, taken = utc_now(), _account().id, list[datetime]()
    together = threading.Barrier(4)

    def take() -> None:
        with base.connected():
            together.wait()
            for _n in range(5):
                taken.extend(pace.take(account, wanted=3, now=now, until=now + timedelta(hours=1)))

    threads = [threading.Thread(target=take) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) > 5


def test_a_person_is_neither_paced_nor_slowed(shop: Shop) -> None:
    pace.slow_down(_account().id, now=utc_now())
    held = _account().paced_until
    shop.press(shop.method(), shop.order(700))
    assert (shop.charged(), _account().paced_until) == (700, held)


def test_too_many_requests_slow_the_account_and_nothing_is_lost(shop: Shop) -> None:
    orders = _due(shop, 3)
    shop.sandbox.control(fault={"mode": "rate_limit", "path": "/v1/payment_intents", "times": 1})
    GatewayAccount.update(charges_a_second=1).execute()
    wave.work_through(_account().id, wait=_moving(shop))
    assert _account().paced_until == utc_now() + timedelta(seconds=10)
    assert (shop.charged(), accounts_with_work(utc_now())) == (0, [])
    wave.work_through(_account().id, wait=_moving(shop))
    assert shop.charged() == 0
    shop.pass_time(minutes=6)
    for _second in range(3):  # one slot a second: the worker is not kept waiting for the next
        wave.work_through(_account().id, wait=_moving(shop))
        shop.pass_time(seconds=1)
    assert ({fresh(order).open for order in orders}, shop.charged()) == ({0}, 303)
    assert {row.state for row in Attempt.select()} == {AttemptState.CANCELLED, AttemptState.SUCCEEDED}


def test_a_row_that_raises_leaves_the_others_alone(shop: Shop) -> None:
    poisoned, *others = _due(shop, 4)
    Order.update(collect=SQL("'of another version'")).where(Order.id == poisoned.id).execute()
    wave.work_through(_account().id)
    assert ({fresh(order).open for order in others}, shop.charged()) == ({0}, 101 + 102 + 103)
    wave.work_through(_account().id)  # it is leased: not tried in a circle
    assert Order.select(Order.lease_until).where(Order.id == poisoned.id).scalar() == utc_now() + LEASE
    assert next(one.count for one in backlog(utc_now()) if one.kind == Work.COLLECT) == 1


def test_an_account_that_is_switched_off_leaves_its_rows(shop: Shop) -> None:
    (order,) = _due(shop, 1)
    GatewayAccount.update(active=False).execute()
    assert accounts_with_work(utc_now()) == []
    wave.work_through(_account().id)
    waiting = fresh(order)
    assert (waiting.collect_at, waiting.lease_until, shop.charged()) == (order.collect_at, None, 0)
    GatewayAccount.update(active=True).execute()
    wave.work_through(_account().id)
    assert shop.charged() == 100


def test_accounts_have_their_own_rows_and_their_own_hint(shop: Shop, clock: Stopped) -> None:
    other = factory.customer(factory.merchant())
    theirs = factory.order(other)
    Order.update(collect_at=utc_now() - timedelta(hours=1)).where(Order.id == theirs.id).execute()
    _bare(shop, 3)
    waves = [row for row in hints(utc_now()) if row.kind == Work.WAVE]
    mine, of_others = factory.gateway_account(shop.customer.merchant), factory.gateway_account(other.merchant)
    assert [(row.id, row.due_at) for row in waves] == [
        (of_others.id, clock.at - timedelta(hours=1)),
        (mine.id, clock.at - timedelta(minutes=1)),
    ]
    assert theirs.id not in _ids(claim(shop.customer.merchant_id, limit=50, now=utc_now()))
    assert [row.id for row in hints(utc_now()) if row.kind == Work.WAVE] == [of_others.id]
