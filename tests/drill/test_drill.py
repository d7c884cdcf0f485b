"""The drill, as `make drill` does it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.drill.breaks import ALL
from tests.drill.install import Install

pytestmark = pytest.mark.slow


def test_the_screen_tells_the_truth_and_the_alarm_fires_and_clears(_golden: Path) -> None:
    install = Install(_golden, lambda text: sys.stderr.write(f"{text}\n"))
    try:
        with install.house.move_in():
            install.open()
            for part in ALL:
                part(install)
    finally:
        install.house.clear()
