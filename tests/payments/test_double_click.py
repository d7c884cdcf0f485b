"""Two clicks at once write the same choice down: the second waits for the first and is no error page."""

from __future__ import annotations

import threading

import pytest

from domain.payments import choice, intention
from models import base
from models.base import unit_of_work
from models.orders import IntentionOrder, PayIntention
from tests.payments.conftest import Shop

_WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_the_second_of_two_clicks_waits_for_the_first(shop: Shop) -> None:
    order = shop.order()
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    row = intention.find(handle, buyer=shop.buyer)
    chosen, problems = choice.kept(row), []
    second = threading.Thread(target=_keep, args=(row, chosen, problems))
    with unit_of_work():
        choice.keep(row, chosen)
        second.start()
        while second.is_alive() and not base.db.execute_sql(_WAITING).fetchall():
            pass
    second.join(10)
    assert problems == []
    assert IntentionOrder.select().where(IntentionOrder.intention == row).count() == 1


def _keep(row: PayIntention, chosen: choice.Choice, problems: list[Exception]) -> None:
    try:
        with unit_of_work():
            choice.keep(row, chosen)
    except Exception as problem:
        problems.append(problem)
