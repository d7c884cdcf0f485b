"""Another policy beside what was done: the same policy plans what was made, on both stores, and claims nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from domain.merchants.policy import policy_of
from domain.recoveries.last_month import failures_of, month_before
from domain.recoveries.what_if import what_if, would_be
from kit.clock import utc_now
from models.payments import PlannedTry, Recovery, TryState
from tests import factory
from tests.payments.conftest import Shop
from tests.recoveries.test_recoveries import FUNDS, LOST, approves, at, backup, fails, live_on, policy


def made() -> list[datetime]:
    return [row.due_at for row in PlannedTry.select().where(PlannedTry.state == TryState.MADE).order_by(PlannedTry.n)]


def test_the_policy_as_it_is_plans_what_was_made(shop: Shop) -> None:
    _order, card = fails(shop, FUNDS)
    _dead, _lost = fails(shop, LOST, title="Another")
    live_on(shop, 11)
    approves(shop, card)
    live_on(shop, 20)
    assert utc_now().month == 12
    past, cut = failures_of(shop.customer.merchant_id, utc_now())
    assert (len(past), cut) == (2, False)
    now = policy_of(shop.customer.merchant_id)
    won = next(one for one in past if one.made)
    tries, ended = would_be(won, now, until=utc_now())
    assert [each.at for each in tries] == made() and ended is None
    lost = next(one for one in past if not one.made)
    assert would_be(lost, now, until=utc_now())[0] == [], "a lost card is not tried again under any policy"
    same = what_if(past, now, until=utc_now())
    assert same.made == same.planned == len(made()) >= 4
    assert all(line.made == line.planned for line in (*same.by_number, *same.by_day))
    fewer = what_if(past, replace(now, tries=1), until=utc_now())
    assert (fewer.made, fewer.planned) == (same.made, 1)
    assert [(line.n, line.made, line.planned) for line in fewer.by_number][:2] == [(1, 1, 1), (2, 1, 0)]
    later = what_if(past, replace(now, spacing=(9,), tries=1), until=utc_now())
    assert later.planned == 1 and later.by_day[-1].n >= 9


def test_a_network_stands_above_every_policy(shop: Shop) -> None:
    card = shop.method(FUNDS)
    under = factory.consented(shop.customer, card)
    policy(shop, tries=0)
    for _n in range(18):
        shop.press(card, shop.order(100))
    factory.automatic(shop.customer, card, under)
    at(shop, 23)
    shop.work()
    live_on(shop, 14)
    past, _cut = failures_of(shop.customer.merchant_id, utc_now())
    eager = replace(policy_of(shop.customer.merchant_id), tries=12, spacing=tuple(range(1, 13)), window_days=14)
    found = what_if(past, eager, until=utc_now())
    assert (found.made, found.planned) == (0, 1), "Visa lets twenty through in thirty days"
    assert [limit.network for limit in found.limits] == ["visa"] and found.limits[0].cut + found.limits[0].put_off


def test_a_backup_is_planned_with(shop: Shop) -> None:
    fails(shop, FUNDS)
    backup(shop, "pm_card_mastercard")
    live_on(shop, 10)
    recovery = Recovery.get()
    assert recovery.by == "retry"
    past, _cut = failures_of(shop.customer.merchant_id, datetime(2026, 12, 20, tzinfo=UTC))
    same = what_if(past, policy_of(shop.customer.merchant_id), until=utc_now())
    assert same.made == same.planned > 0


def test_last_month_is_the_merchants_own(shop: Shop) -> None:
    edge = datetime(2026, 12, 1, 3, tzinfo=UTC)  # still November in New York
    assert [day.isoformat() for day in month_before(edge, "America/New_York")] == ["2026-10-01", "2026-11-01"]
    fails(shop, FUNDS)
    assert failures_of(shop.customer.merchant_id, edge) == ([], False)
    assert failures_of(factory.merchant().id, datetime(2026, 12, 9, tzinfo=UTC)) == ([], False)
