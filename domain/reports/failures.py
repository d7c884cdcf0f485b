"""Failed payments and what came back: the figures, added up from counted rows. Pure; read by queries.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain.reports.terms import Term, term
from domain.reports.window import Window
from kit.money import Money
from models.payments import Origin, RecoveredBy, RecoveryState


class Helper(StrEnum):
    """Who brought the money back."""

    PORTAL = "portal"
    FIX_IT = "fix_it"
    AUTOMATIC = "automatic"
    TEAM = "team"


@dataclass(frozen=True)
class Share:
    """So many failed payments, worth so much together."""

    count: int
    amount: Money

    def percent_of(self, whole: Share) -> Decimal | None:
        """This amount as a percentage of another with one decimal; None of nothing."""
        return percent(self.amount.minor, whole.amount.minor)


@dataclass(frozen=True)
class Counted:
    """What the store counted for one combination: so many cases, worth so many minor units."""

    bucket: int
    state: RecoveryState
    by: RecoveredBy | None
    origin: Origin | None  # of the payment that brought it back
    code: str
    currency: str
    planned: bool  # an automatic try is planned
    count: int
    minor: int


@dataclass(frozen=True)
class Day:
    """The failures of one local day and what has become of them by now."""

    day: date
    failed: Share
    recovered: Share
    still_open: Share
    given_up: Share
    still_tried: bool  # not before the oldest day of which an automatic try is still planned


@dataclass(frozen=True)
class Cause:
    """Why payments failed: a family of declines, the codes that were seen, and how much of it came back."""

    name: str
    meaning: str
    codes: tuple[str, ...]
    failed: Share
    recovered: Share


@dataclass(frozen=True)
class Failures:
    """The failed payments of a window. `recovered`, `still_open` and `given_up` add up to `failed`; so do the days
    and the causes; the helpers add up to `recovered`. One currency; `elsewhere` holds the others, never added."""

    window: Window
    failed: Share
    recovered: Share
    still_open: Share
    given_up: Share
    unplanned: Share  # the part of `still_open` for which no automatic try is planned
    helpers: tuple[tuple[Helper, Share], ...]
    causes: tuple[Cause, ...]
    days: tuple[Day, ...]
    elsewhere: tuple[Share, ...]


@dataclass(frozen=True)
class FailedPayment:
    """One failed payment of the list: whose, why, and what comes next or why nothing does."""

    customer: str
    order: str
    on: date  # in the merchant's zone
    amount: Money
    term: Term
    state: RecoveryState
    helper: Helper | None
    closed_at: datetime | None
    next_try: datetime | None
    next_rule: str  # what chose that moment, in a few words
    under_way: bool
    note: str


@dataclass(frozen=True)
class FailedPage:
    """A page of the list, the latest first; `total` counts the whole list."""

    rows: tuple[FailedPayment, ...]
    total: int
    number: int
    pages: int


def percent(part: int, whole: int) -> Decimal | None:
    """`part` as a percentage of `whole`, rounded half up to one decimal; None when there is no whole."""
    if not whole:
        return None
    return (Decimal(part * 100) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def helper_of(by: RecoveredBy | None, origin: Origin | None) -> Helper:
    """Who brought it back, by the payment that did; a payment that somebody wrote down counts as the team's."""
    known = {
        Origin.PORTAL: Helper.PORTAL,
        Origin.FIX_IT: Helper.FIX_IT,
        Origin.AUTOMATIC: Helper.AUTOMATIC,
        Origin.RETRY: Helper.AUTOMATIC,
        Origin.MERCHANT: Helper.TEAM,
        Origin.IMPORT: Helper.TEAM,
    }
    if origin is not None:
        return known[origin]
    return {RecoveredBy.RETRY: Helper.AUTOMATIC, RecoveredBy.CUSTOMER: Helper.PORTAL}.get(
        by or RecoveredBy.MERCHANT, Helper.TEAM
    )


def added_up(counted: Iterable[Counted], window: Window, currency: str) -> Failures:
    """The figures of a window in one currency."""
    everything = list(counted)
    rows = [row for row in everything if row.currency == currency]
    others = sorted({row.currency for row in everything} - {currency})
    recovered = [row for row in rows if row.state == RecoveryState.RECOVERED]
    return Failures(
        window=window,
        failed=_share(rows, currency),
        recovered=_share(recovered, currency),
        still_open=_share(rows, currency, _is_open),
        given_up=_share(rows, currency, _is_given_up),
        unplanned=_share(rows, currency, lambda row: _is_open(row) and not row.planned),
        helpers=tuple(
            (helper, _share(recovered, currency, lambda row, who=helper: helper_of(row.by, row.origin) == who))  # type: ignore[misc]
            for helper in Helper
        ),
        causes=_causes(rows, currency),
        days=_days(rows, window, currency),
        elsewhere=tuple(_share(everything, other, lambda row, its=other: row.currency == its) for other in others),  # type: ignore[misc]
    )


def _is_open(row: Counted) -> bool:
    return row.state == RecoveryState.OPEN


def _is_given_up(row: Counted) -> bool:
    return row.state in (RecoveryState.EXHAUSTED, RecoveryState.CANCELLED)


def _share(rows: Iterable[Counted], currency: str, wanted: Callable[[Counted], bool] = lambda _row: True) -> Share:
    chosen = [row for row in rows if wanted(row)]
    return Share(sum(row.count for row in chosen), Money(sum(row.minor for row in chosen), currency))


def _days(rows: list[Counted], window: Window, currency: str) -> tuple[Day, ...]:
    nothing = len(window.starts)
    oldest = min((row.bucket for row in rows if _is_open(row) and row.planned), default=nothing)
    return tuple(_day(rows, window.starts[n], n, currency, n >= oldest) for n in range(nothing))


def _day(rows: list[Counted], day: date, number: int, currency: str, still_tried: bool) -> Day:
    mine = [row for row in rows if row.bucket == number]
    return Day(
        day=day,
        failed=_share(mine, currency),
        recovered=_share(mine, currency, lambda row: row.state == RecoveryState.RECOVERED),
        still_open=_share(mine, currency, _is_open),
        given_up=_share(mine, currency, _is_given_up),
        still_tried=still_tried,
    )


def _causes(rows: list[Counted], currency: str) -> tuple[Cause, ...]:
    terms = {row.code: term(row.code) for row in rows}
    families: dict[str, list[Counted]] = {}
    for row in rows:
        families.setdefault(terms[row.code].family, []).append(row)
    causes = [
        Cause(
            name=terms[mine[0].code].short,
            meaning=terms[mine[0].code].meaning,
            codes=tuple(sorted({row.code for row in mine})),
            failed=_share(mine, currency),
            recovered=_share(mine, currency, lambda row: row.state == RecoveryState.RECOVERED),
        )
        for mine in families.values()
    ]
    return tuple(sorted(causes, key=lambda cause: (-cause.failed.amount.minor, cause.name)))
