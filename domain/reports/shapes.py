"""The figures of failed payments and of recovery, as the dashboards get them. Values only; defined in docs/figures.md.

Two populations, one a page:

- **cases** (the page *Recovery*): automatic payments that failed, one for each order's case however often it was tried,
  by the local day and hour of the first failure. Their `n` is the number of retries made so far, their `channel` who
  brought the money back (so a chosen channel leaves recovered cases only), their code that of the first failure;
- **declines** (the page *Failed payments*): every "no" of a bank, retries and presses too, by the local day and hour on
  which it came. Their `n` is 0 for a first try or a person's press and then the number of the retry, their `channel`
  who tried. The same case may be among them several times, and so may its amount.

All amounts are in the merchant's currency; other currencies stand in `elsewhere` and are never added.

The functions (each reads rollups only, never raw rows, but for the lists):

    recovery.overview(merchant: MerchantFacts, filters: Filters, now: datetime) -> RecoveryView
    failed.overview(merchant: MerchantFacts, filters: Filters, now: datetime) -> FailedView
    recovery.listed(merchant, filters, now, *, page: int = 1, size: int = PAGE) -> CasePage       # by filters.what
    failed.listed(merchant, filters, now, *, page: int = 1, size: int = PAGE) -> DeclinePage
    recovery.every(merchant, filters, now) -> Iterator[ListedCase]                                # for exports
    failed.every(merchant, filters, now) -> Iterator[ListedDecline]
    defined.of_recovery(view, filters) / defined.of_failed(view, filters) -> dict[str, Definition]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from domain.reports.filters import By, Dimension
from domain.reports.terms import Term
from kit.money import Money
from models.payments import RecoveryState

AGES = (7, 14, 30)  # recovered within so many days
COLUMNS = (7, 14, 30, 60, 90)  # of the cohorts
PAGE = 25


class Helper(StrEnum):
    """Who brought the money back, or who tried."""

    PORTAL = "portal"
    FIX_IT = "fix_it"
    AUTOMATIC = "automatic"
    TEAM = "team"


@dataclass(frozen=True)
class Share:
    """So many, worth so much together."""

    count: int
    amount: Money

    def measured(self, by: By) -> int:
        """The count, or the amount in minor units."""
        return self.count if by == By.COUNT else self.amount.minor

    def percent_of(self, whole: Share, by: By = By.AMOUNT) -> Decimal | None:
        """This as a percentage of another, with one decimal; None of nothing."""
        return percent(self.measured(by), whole.measured(by))


def percent(part: int, whole: int) -> Decimal | None:
    """`part` as a percentage of `whole`, rounded half up to one decimal; None when there is no whole."""
    if not whole:
        return None
    return (Decimal(part * 100) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Head:
    """Cases: `recovered`, `still_open` and `given_up` add up to `failed`; `unplanned` is a part of `still_open`."""

    failed: Share
    recovered: Share
    still_open: Share
    given_up: Share
    unplanned: Share  # open, and no automatic try is planned


@dataclass(frozen=True)
class CaseDay:
    """The cases of one local day and what has become of them by now."""

    day: date
    failed: Share
    recovered: Share
    still_open: Share
    given_up: Share
    young: bool  # fewer than AGES[0] days have passed since: no rate is told of it


@dataclass(frozen=True)
class Row:
    """One line of a breakdown. A click lists `Filters.only(dimension, keys)`; *Other* has the keys of the rest."""

    keys: tuple[str, ...]
    label: str
    meaning: str  # a sentence for merchants, or empty
    failed: Share
    recovered: Share | None  # cases only
    other: bool = False

    def rate(self, by: By = By.AMOUNT) -> Decimal | None:
        """Recovered as a percentage of failed; None for declines, and of nothing."""
        return self.recovered.percent_of(self.failed, by) if self.recovered else None


@dataclass(frozen=True)
class Breakdown:
    """`rows` add up to `failed`, which is the head figure; the largest first by `filters.by` (hours, weekdays and
    retries in their own order, and without *Other*)."""

    dimension: Dimension
    failed: Share
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Grid:
    """Weekday (0 is Monday) by local hour: `cells[weekday][hour]`, 7 x 24. They add up to the head figure."""

    cells: tuple[tuple[Share, ...], ...]
    most: Share  # the fullest cell by `filters.by`, for shading


@dataclass(frozen=True)
class AgeDay:
    """One day at equal age. `young`: its N days are not over, so it is left out of the rate and drawn hatched."""

    day: date
    failed: Share
    within: Share  # recovered within N days so far
    young: bool


@dataclass(frozen=True)
class EqualAge:
    """Recovered within `days` days of the failure, of the failures whose `days` days are over.

    The day of failure is day 0; a case recovered on day N counts. `failed` are the old enough, `within` the recovered
    of them; `young` are left out of both.
    """

    days: int
    failed: Share
    within: Share
    young: Share
    series: tuple[AgeDay, ...]

    def rate(self, by: By = By.AMOUNT) -> Decimal | None:
        """Within as a percentage of failed; None when no failure is old enough."""
        return self.within.percent_of(self.failed, by)


@dataclass(frozen=True)
class Compared:
    """This stretch and the one of equal length before it, at equal age; `plain_*` is recovered by now of all failed,
    which shows a decline even when nothing has changed, because the later failures are younger."""

    days: int
    now: EqualAge
    before: EqualAge
    plain_now: Head
    plain_before: Head

    def change(self, by: By = By.AMOUNT) -> Decimal | None:
        """Percentage points between the two rates at equal age; None when either has nothing old enough."""
        now, before = self.now.rate(by), self.before.rate(by)
        return None if now is None or before is None else now - before

    def plain_change(self, by: By = By.AMOUNT) -> Decimal | None:
        """Percentage points between the two plain rates."""
        now = self.plain_now.recovered.percent_of(self.plain_now.failed, by)
        before = self.plain_before.recovered.percent_of(self.plain_before.failed, by)
        return None if now is None or before is None else now - before


@dataclass(frozen=True)
class CohortCell:
    """Of a month's failures whose N days are over (`of`), those recovered within N days. `whole`: that is all."""

    days: int
    recovered: Share
    of: Share
    whole: bool

    def rate(self, by: By = By.AMOUNT) -> Decimal | None:
        """Recovered as a percentage; None when none is old enough."""
        return self.recovered.percent_of(self.of, by)


@dataclass(frozen=True)
class Cohort:
    """The cases of a calendar month: always whole months, whatever the first and last day chosen."""

    month: date  # its first day
    failed: Share
    cells: tuple[CohortCell, ...]  # one for each of COLUMNS


@dataclass(frozen=True)
class Ladder:
    """One retry: how many cases came so far that it was made, and how many it brought back. 0: before any retry."""

    n: int
    reached: Share
    recovered: Share  # by an automatic try, with exactly n retries made


@dataclass(frozen=True)
class TimeTo:
    """How long recovered cases took. Median in whole local days (0: the same day), mean in hours."""

    count: int
    median_days: int | None
    mean_hours: Decimal | None
    by_age: tuple[tuple[int, int], ...]  # (days, cases), the quickest first


@dataclass(frozen=True)
class Counted:
    """How far the rollups reach. `since` None: this merchant has never been counted. `waiting`: days to be counted
    anew; what happened within the last minute may be among them."""

    since: date | None
    at: datetime | None
    waiting: int


@dataclass(frozen=True)
class RecoveryView:
    """The page *Recovery*: cases."""

    head: Head
    helpers: tuple[tuple[Helper, Share], ...]  # add up to head.recovered
    days: tuple[CaseDay, ...]  # add up to head
    ages: tuple[EqualAge, ...]  # one for each of AGES
    compared: tuple[Compared, ...]  # one for each of AGES
    cohorts: tuple[Cohort, ...]  # the latest month first, at most 12
    ladder: tuple[Ladder, ...]
    time_to: TimeTo
    breakdowns: dict[Dimension, Breakdown]  # GROUP, CODE, NETWORK, KIND, HOUR, WEEKDAY, N
    elsewhere: tuple[Share, ...]  # failed in other currencies
    counted: Counted
    hours: tuple[tuple[Helper, Decimal | None], ...] = ()  # mean from failure to recovery by helper; None of nothing


@dataclass(frozen=True)
class DeclineDay:
    """The declines of one local day, by who tried."""

    day: date
    declines: Share
    helpers: tuple[tuple[Helper, Share], ...]


@dataclass(frozen=True)
class FailedView:
    """The page *Failed payments*: declines; `cases` is the head of *Recovery* over the same days, with the filters that
    mean the same there (not `n`, not `channel`)."""

    declines: Share
    before: Share  # the stretch of equal length before
    cases: Head
    days: tuple[DeclineDay, ...]  # add up to declines
    breakdowns: dict[Dimension, Breakdown]  # all eight
    grid: Grid
    elsewhere: tuple[Share, ...]
    counted: Counted


@dataclass(frozen=True)
class ListedCase:
    """One case of a list: whose, why, and what comes next or why nothing does."""

    id: UUID
    customer_id: UUID
    customer: str
    order_id: UUID
    order: str  # its number
    at: datetime  # of the first failure
    amount: Money
    term: Term  # of the first failure, as the figures count it
    last_code: str  # of the latest decline
    network: str
    kind: str
    tries: int  # retries made so far
    state: RecoveryState
    helper: Helper | None
    payment_id: UUID | None  # the one that brought it back
    closed_at: datetime | None
    next_try: datetime | None
    next_rule: str  # what chose that moment, in a few words
    under_way: bool
    note: str


@dataclass(frozen=True)
class CasePage:
    """A page of a list, the latest first. `total` is the number that was clicked: all of the list."""

    rows: tuple[ListedCase, ...]
    total: Share
    number: int
    pages: int


@dataclass(frozen=True)
class ListedDecline:
    """One decline of a list."""

    payment_id: UUID
    customer_id: UUID
    customer: str
    orders: tuple[tuple[UUID, str], ...]  # id and number of each order that it was for
    at: datetime
    amount: Money
    term: Term
    network: str
    kind: str
    last4: str
    n: int
    helper: Helper


@dataclass(frozen=True)
class DeclinePage:
    """A page of a list, the latest first. `total` is the number that was clicked: all of the list."""

    rows: tuple[ListedDecline, ...]
    total: Share
    number: int
    pages: int


@dataclass(frozen=True)
class Definition:
    """A figure's definition beside it: what it counts, and its formula with today's numbers in it."""

    title: str
    counts: str  # a sentence or two
    formula: str  # Recovered ÷ failed = $1,204.00 ÷ $3,910.00 = 30.8 %
