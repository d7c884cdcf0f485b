"""The protocol as a whole, against a day on which everything goes wrong: charging.md 2.4 on the real code.

`bench/simulate.py` runs the same for thousands of seeds; docs/decisions/0002-money-protocol.md has its figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kit import config
from sandbox.inprocess import URL
from tests.payments.broken import VARIANTS
from tests.payments.simulated_store import each_in_its_own_store
from tests.payments.simulation import simulate

SEEDS = (*range(3), 17, 1007)  # the last two once left a closed attempt and a hint that was done to be done again
CAUGHT_WITHIN = 40  # seeds


@pytest.fixture(autouse=True)
def _at_the_sandbox(settings: config.Settings) -> None:
    config.use(replace(settings, gateway_url=URL))


def test_whatever_happens_each_order_is_charged_once_and_nothing_stays_open(_golden: Path, tmp_path: Path) -> None:
    happened: Counter[str] = Counter()
    for seed in each_in_its_own_store(SEEDS, _golden, tmp_path):
        told = simulate(seed)
        assert told.wrong == [], f"seed {seed}"
        happened += told.happened
    for much in ("attempt succeeded", "attempt failed", "attempt cancelled", "killed", "overtaken", "Held"):
        assert happened[much] >= 1, (much, happened)


@pytest.mark.parametrize(("safeguard", "first"), [("no_hold", 9), ("timeout_is_failure", 19), ("no_cancel", 4)])
def test_the_simulation_notices_when_a_safeguard_is_gone(
    safeguard: str, first: int, _golden: Path, tmp_path: Path
) -> None:
    for seed in each_in_its_own_store(range(first, first + CAUGHT_WITHIN), _golden, tmp_path):
        with VARIANTS[safeguard]():
            if any(line.startswith(("double charge", "captured")) for line in simulate(seed).wrong):
                return
    pytest.fail(f"{CAUGHT_WITHIN} runs without {safeguard!r} and nothing was noticed")
