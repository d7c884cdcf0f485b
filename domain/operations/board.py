"""The operators' first page, asked at once: how the install stands, which alarms are open, what failed last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.operations.alarms.lines import AlarmLine
from domain.operations.houses import house_of
from domain.operations.overview import overview
from domain.operations.search import Offer, offers, with_abouts
from domain.operations.search_runs import runs
from domain.operations.search_terms import Filter, Line, Wanted
from domain.operations.shapes import Overview
from models.base import connected

_FAILED = 5


@dataclass(frozen=True)
class Board:
    """What stands on the page. `failed`: the latest runs that failed and that nobody settled, and what can be done."""

    seen: Overview
    alarms: tuple[AlarmLine, ...]
    failed: tuple[tuple[Line, Offer | None], ...]


def board(now: datetime, *, merchant: str | None = None) -> Board:
    """Of the whole install or of one merchant (`merchant`: its slug). Raises DomainError for one that there is not."""
    seen = overview(now, merchant=merchant)
    with connected():
        house = house_of(merchant) if merchant else None
        lines = with_abouts(runs(Filter(state=Wanted.FAILED, merchant=house.id if house else None), 0, _FAILED))
        return Board(
            seen=seen,
            alarms=seen.alarms,
            failed=tuple(zip(lines, offers(lines, now), strict=True)),
        )
