"""The sweep over every boundary, on a short journey; `make simulate` sweeps all of them on both stores."""

from __future__ import annotations

import pytest

from tests.proof.journeys import JOURNEYS
from tests.proof.mutants import without
from tests.proof.stores import Store
from tests.proof.sweep import sweep

pytestmark = pytest.mark.slow


def test_a_process_is_killed_at_each_boundary_of_its_journey(on_sqlite: Store) -> None:
    found = list(sweep(on_sqlite, "killed", JOURNEYS["use another card"]))
    assert [each.wrong for each in found if each.wrong] == []
    assert [each.at for each in found] == list(range(1, len(found) + 1))
    names = {each.boundary for each in found}
    assert {"before POST /payment_intents/…/cancel", "inside, after update attempt", "after the commit"} <= names


def test_the_sweep_notices_that_the_hold_is_gone(on_sqlite: Store) -> None:
    with without("hold"):
        found = list(sweep(on_sqlite, "overtaken", JOURNEYS["press"]))
    assert any(line.startswith("double charge") for each in found for line in each.wrong)
