"""An act on a filter: the dry run says what it would do and refuse; the doing judges each row again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.operations import bulk
from domain.operations.bulk import Bulk
from domain.operations.refusals import Why
from domain.operations.search_terms import Filter, Wanted
from domain.operations.suspend import suspend_merchant
from domain.payments import collect
from domain.work.wake import Work
from kit.clock import utc_now
from kit.errors import NotFound
from kit.ids import uuid7
from kit.money import Money
from models.operations import JobRun, OperatorAct, RunState
from models.orders import Order
from models.payments import Attempt, AttemptState
from tests import factory
from tests.payments.conftest import Shop

DUE = Filter(kind=Work.COLLECT, state=Wanted.DUE)


@pytest.fixture
def orders(shop: Shop) -> list[Order]:
    """Three that are due, of one customer, and one whose answer was lost and which is due all the same."""
    card = shop.method()
    terms = factory.consented(shop.customer, card)
    made = [factory.automatic(shop.customer, card, terms, total) for total in (1000, 2000, 3000, 4000)]
    shop.pass_time(hours=3)
    shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
    collect.collect_due(made[3].id)
    shop.sandbox.control(clear=True)
    Order.update(collect_at=utc_now()).where(Order.id == made[3].id).execute()
    return made


def _carry_out(what: Bulk, wanted: Filter, handle: UUID | None = None, **more: Any) -> bulk.Result:
    wish = {"picked": "kind=collect", "reason": "a test", "staff": None} | more
    return bulk.result(bulk.carry_out(what, wanted, handle=handle or uuid7(), **wish))


def test_the_dry_run_says_what_the_act_then_does(shop: Shop, orders: list[Order]) -> None:
    seen = bulk.preview(Bulk.REQUEUE, DUE)
    assert (seen.rows, seen.would, seen.amounts, seen.customers) == (4, 3, (Money(6000, "USD"),), 1)
    assert seen.refused == ((Why.MAY_HAVE_MOVED, 1),) and not OperatorAct.select().count()
    done = _carry_out(Bulk.REQUEUE, DUE)
    assert (done.done, done.refused, done.why, done.left, done.over) == (3, 1, seen.refused, 0, True)
    asked = _carry_out(Bulk.RECONCILE, DUE)
    assert (asked.done, asked.why) == (1, ((Why.NOT_SENT, 3),))
    assert Attempt.get().next_look_at == utc_now(), "a worker asks about it now"
    assert _carry_out(Bulk.DISCARD, DUE).done == 0, "money is never discarded"
    for _round in range(4):
        shop.work()
        shop.pass_time(minutes=11)
    assert sorted(charge["amount"] for charge in shop.sandbox.charges()) == [1000, 2000, 3000, 4000]
    assert Attempt.select().where(Attempt.state != AttemptState.SUCCEEDED).count() == 0


def test_a_row_that_changed_since_the_dry_run_is_judged_as_it_is(shop: Shop, orders: list[Order]) -> None:
    assert bulk.preview(Bulk.REQUEUE, DUE).would == 3
    suspend_merchant(
        merchant=shop.customer.merchant.slug, until=None, reason="a wrong list", staff=None, handle=uuid7()
    )
    done = _carry_out(Bulk.REQUEUE, DUE)
    assert (done.done, set(done.why)) == (0, {(Why.SUSPENDED, 3), (Why.MAY_HAVE_MOVED, 1)})


def test_of_what_is_done_only_a_failed_run_is_discarded(shop: Shop) -> None:
    rows = [uuid7(), uuid7()]  # their days were counted, and the marks have gone
    states = (RunState.OPEN, RunState.DONE)
    for row, state in zip(rows, states, strict=True):
        JobRun.create(kind=Work.ROLLUP, row_id=str(row), queue="figures", by="job", state=state, ended_at=utc_now(),
                      run_ms=1)  # fmt: skip
    runs = Filter(kind=Work.ROLLUP)
    seen = bulk.preview(Bulk.DISCARD, runs)
    assert (seen.rows, seen.would, seen.refused) == (2, 1, ((Why.GONE, 1),))
    done = _carry_out(Bulk.DISCARD, runs)
    assert (done.done, done.why) == (1, seen.refused)
    assert {run.state for run in JobRun.select()} == {RunState.LATER, RunState.DONE}


def test_a_second_press_comes_to_the_first_ones_outcome(shop: Shop, orders: list[Order]) -> None:
    handle = uuid7()
    first = _carry_out(Bulk.REQUEUE, DUE, handle)
    assert _carry_out(Bulk.REQUEUE, DUE, handle, reason="again") == first
    assert OperatorAct.select().count() == 1
    with pytest.raises(NotFound):
        bulk.result(uuid7())
