"""The rollups are what the raw rows say, after whatever happens: nothing but the marks tells the workers to count."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.disputes.decide import decide
from domain.disputes.record import hint
from domain.duplicates.merge import merge
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.reports import dirty, recompute
from domain.reports.window import between
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.ids import uuid7
from kit.money import Money
from models import base
from models.base import unit_of_work
from models.merchants import Merchant
from models.orders import Order
from models.payments import AttemptState, LostAs, PlannedTry, Recovery
from models.reports import CaseRollup, DirtyDay, PaidRollup, ReportState, TryRollup
from tests import factory
from tests.disputes.conftest import complain, decide_at_network, return_late
from tests.pages.merchant.conftest import FUNDS, NO_REASON, Town, live
from tests.refunds.conftest import Counter
from tests.reports.conftest import count_marked, differences

DAY = date(2026, 11, 23)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def cheque(order: Order, minor: int) -> UUID:
    """Somebody of the team writes down a cheque for a part of it or all."""
    received = Received(uuid7(), order.customer_id, {order.id: usd(minor)}, Outside.CHEQUE, DAY)
    return record_outside(merchant=order.merchant_id, received=received, staff=None)


def paid_rows() -> list[tuple[str, int, int, int, int]]:
    rows = PaidRollup.select().order_by(PaidRollup.channel, PaidRollup.kind)
    return [(row.channel, row.count, row.minor, row.refunded, row.returned) for row in rows]


def test_a_story_of_failures_is_counted_as_it_goes_on(store: str, town: Town) -> None:
    live(town)
    assert count_marked(town.clock) > 0
    assert differences() == []
    rows = CaseRollup.select().where((CaseRollup.merchant == town.merchant) & (CaseRollup.day >= date(2026, 10, 25)))
    assert sorted((row.day.day, row.state, row.by, row.age, row.tries, row.minor) for row in rows) == [
        (3, "recovered", "automatic", 3, 1, 8900),  # told by hand from the story, in New York's days
        (4, "exhausted", "", None, 3, 4000),
        (5, "recovered", "portal", 0, 0, 12000),
        (6, "recovered", "fix_it", 0, 0, 5000),
        (7, "exhausted", "", None, 3, 2000),
        (21, "open", "", None, 0, 7000),
        (22, "open", "", None, 0, 3000),
    ]
    lost = Order.get(Order.total == 7000)
    cheque(lost, 2000)  # a part: the case stays open
    count_marked(town.clock)
    assert differences() == []
    cheque(lost, 5000)
    count_marked(town.clock)
    assert differences() == []
    assert [row.by for row in CaseRollup.select().where(CaseRollup.minor == 7000)] == ["team"]
    town.at(town.clock.at + timedelta(days=1))  # Ed's planned try is made, fails, and the next one is planned
    count_marked(town.clock)
    assert differences() == []
    assert [(row.n, row.code) for row in TryRollup.select().where((TryRollup.minor == 3000) & (TryRollup.n > 0))] == [
        (1, "insufficient_funds")
    ]


def test_what_goes_back_is_counted_on_the_day_of_its_payment(store: str, counter: Counter, clock: Stopped) -> None:
    shop = counter.shop
    card = counter.paid(shop.order(8900))
    debit = counter.debited(shop.order(5000))
    later = clock().date()
    count_marked(clock)
    assert paid_rows() == [("portal", 1, 8900, 0, 0), ("portal", 1, 5000, 0, 0)]
    counter.refund(card, 1900)
    count_marked(clock)
    return_late(counter, debit, "R01")
    count_marked(clock)
    assert (paid_rows(), differences()) == ([("portal", 1, 8900, 1900, 0), ("portal", 1, 5000, 0, 5000)], [])
    written = cheque(shop.order(700), 700)
    ref = complain(counter, counter.paid(shop.order(3000)))
    assert hint(counter.account.id, ref)
    count_marked(clock)
    decide_at_network(counter, ref, "lost")
    assert hint(counter.account.id, ref)
    count_marked(clock)
    assert differences() == []
    decide(merchant=counter.merchant, dispute=shop_dispute(), lost_as=LostAs.REOPEN)
    bounced(merchant=counter.merchant, payment=written, staff=None)
    count_marked(clock)
    assert differences() == []
    assert sorted(row[2:] for row in paid_rows()) == [(700, 0, 700), (3000, 0, 3000), (5000, 0, 5000), (8900, 1900, 0)]
    assert {row.day for row in PaidRollup.select()} == {DAY, later}


def shop_dispute() -> UUID:
    from models.payments import Dispute, DisputeKind

    return UUID(str(Dispute.get(Dispute.kind == DisputeKind.CARD).id))


def test_a_try_whose_outcome_is_not_known_yet_is_planned_no_more(sqlite_store: str, town: Town) -> None:
    town.fails("Ada Unknown", FUNDS, 4000, date(2026, 11, 3))
    count_marked(town.clock)
    assert [(row.planned, row.tries) for row in CaseRollup.select()] == [(1, 0)]
    town.clock.set(PlannedTry.get().due_at)
    town.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    town.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 9})
    for row in due(utc_now()):
        if row.kind == Work.RETRY:
            perform(row.kind, row.id)
    assert PlannedTry.get().attempt.state == AttemptState.UNKNOWN
    count_marked(town.clock)
    assert [(row.planned, row.tries) for row in CaseRollup.select()] == [(0, 1)]
    assert differences() == []


def test_a_merge_moves_no_figure(store: str, town: Town) -> None:
    first, _card = town.fails("Ana One", NO_REASON, 5000, date(2026, 11, 3))
    second, _card = town.fails("Ana Two", NO_REASON, 6000, date(2026, 11, 3))
    count_marked(town.clock)
    before = [(row.day, row.state, row.minor, row.planned) for row in CaseRollup.select().order_by(CaseRollup.minor)]
    kim = factory.staff(of=town.merchant)
    merge(merchant=town.merchant.id, survivor=first.customer_id, absorbed=second.customer_id, staff=kim.id)
    count_marked(town.clock)
    assert differences() == []
    after = [(row.day, row.state, row.minor, row.planned) for row in CaseRollup.select().order_by(CaseRollup.minor)]
    assert after == before


def test_days_and_hours_are_the_merchants_also_when_the_clocks_change(store: str, town: Town) -> None:
    """In New York the hour after one comes twice on 1 November 2026; on 8 March there is none after two."""
    order, _card = town.fails("Dee", NO_REASON, 5000, date(2026, 10, 30))
    moments = [
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), date(2026, 10, 31), 23),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), date(2026, 11, 1), 0),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), date(2026, 11, 1), 1),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), date(2026, 11, 1), 1),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1), 23),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), date(2026, 3, 8), 3),
    ]
    for at, day, hour in moments:
        with unit_of_work():
            Recovery.update(opened_at=at).where(Recovery.order == order).execute()
            recompute.write(town.merchant, between(date(2026, 3, 1), date(2026, 11, 30), "America/New_York"))
        row = CaseRollup.get()
        assert (row.day, row.hour, row.weekday) == (day, hour, day.weekday())


def test_a_mark_during_a_count_is_not_lost(_postgres_store: str, request: pytest.FixtureRequest) -> None:
    """One counts and holds the marks that it saw; another change marks the day meanwhile, and waits for nobody."""
    base.configure(_postgres_store)
    with base.connected():
        house = factory.merchant()
    counting_now, marked = threading.Event(), threading.Event()
    with unit_of_work():
        dirty.mark_days(house.id, [DAY])
    with base.connected():
        first = DirtyDay.get(DirtyDay.merchant == house).id

    def slowly(merchant: Merchant, window: object) -> None:
        counting_now.set()
        assert marked.wait(20), "a mark waited for the count"

    def mark_meanwhile() -> None:
        counting_now.wait(20)
        with unit_of_work():
            dirty.mark_days(house.id, [DAY])
        marked.set()

    thread = threading.Thread(target=mark_meanwhile)
    request.addfinalizer(lambda: recompute._WRITERS.update({dirty.MONEY: recompute.write}))
    recompute._WRITERS[dirty.MONEY] = slowly
    thread.start()
    assert recompute.recount(first)
    thread.join()
    with base.connected():
        ReportState.delete().execute()
        left = [row.id for row in DirtyDay.select().where((DirtyDay.merchant == house) & (DirtyDay.day == DAY))]
        assert left and first not in left
        DirtyDay.delete().execute()


def test_two_counts_of_a_day_at_once_do_not_count_it_twice(_postgres_store: str) -> None:
    base.configure(_postgres_store)
    with base.connected():
        house = factory.merchant()
    order = factory.order(factory.customer(house), 700)
    cheque(order, 700)
    with base.connected():
        marks = [row.id for row in DirtyDay.select().where((DirtyDay.merchant == house) & (DirtyDay.what == "money"))]
        with unit_of_work():
            dirty.mark(house.id, utc_now())
        marks = [row.id for row in DirtyDay.select().where((DirtyDay.merchant == house) & (DirtyDay.what == "money"))]
    together = threading.Barrier(len(marks))

    def one(mark: UUID) -> None:
        together.wait(20)
        recompute.recount(mark)

    threads = [threading.Thread(target=one, args=(mark,)) for mark in marks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with base.connected():
        assert [row.count for row in PaidRollup.select().where(PaidRollup.merchant == house)] == [1]


def test_who_was_never_counted_is_counted_from_the_beginning(sqlite_store: str, town: Town) -> None:
    town.fails("Old Story", NO_REASON, 99900, date(2026, 10, 2))
    with unit_of_work():  # as an install that is older than the rollups
        DirtyDay.delete().execute()
    assert recompute.mark_lately() == Merchant.select().count()
    count_marked(town.clock)
    assert differences() == []
    assert ReportState.get(ReportState.merchant == town.merchant).since == date(2026, 10, 2)
    assert recompute.mark_lately() == Merchant.select().count()  # the night after: the last days, once more
    count_marked(town.clock)
    assert differences() == []


def test_what_is_rolled_back_marks_nothing(sqlite_store: str, clock: Stopped) -> None:
    house = factory.merchant()
    with pytest.raises(ZeroDivisionError), unit_of_work():
        dirty.mark(house.id, clock())
        raise ZeroDivisionError
    with unit_of_work():
        dirty.mark(house.id, clock(), clock(), None)
        dirty.mark_days(house.id, [DAY])
    assert [(row.what, row.day) for row in DirtyDay.select()] == [("money", DAY)]
