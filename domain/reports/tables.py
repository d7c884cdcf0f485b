"""The dashboards' tables and lists as rows for a spreadsheet, the head first: counts, and amounts with their currency.

The same figures as on the page, without its words: each number is whole, nothing is shortened. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.reports.filters import By, Dimension
from domain.reports.labels import dimension_names, helper_names, hour_name, key_name, weekday_name
from domain.reports.shapes import Breakdown, FailedView, ListedCase, ListedDecline, RecoveryView, Share
from kit.i18n import _
from kit.sheets import Row

FAILED_TABLES = ("days", "hours", "group", "code", "network", "kind", "n", "channel")
RECOVERY_TABLES = ("days", "ages", "helpers", "group", "ladder", "cohorts")


def of_failed(view: FailedView, table: str) -> Iterator[Row]:
    """One of FAILED_TABLES. Raises KeyError for another."""
    if table == "days":
        return _days(view)
    return _hours(view) if table == "hours" else _breakdown(view.breakdowns[Dimension(table)])


def of_recovery(view: RecoveryView, table: str) -> Iterator[Row]:
    """One of RECOVERY_TABLES. Raises KeyError for another."""
    made = {"days": _case_days, "ages": _ages, "helpers": _helpers, "ladder": _ladder, "cohorts": _cohorts}
    return made[table](view) if table in made else _breakdown(view.breakdowns[Dimension(table)])


def declines(rows: Iterable[ListedDecline], zone: str) -> Iterator[Row]:
    """Declined tries one by one."""
    yield (
        _("Payment"), _("Customer"), _("Orders"), _("When"), _("Reason"), _("Decline code"), _("Network"),
        _("Method type"), _("Last four"), _("Retry number"), _("Channel"), _("Currency"), _("Amount"),
    )  # fmt: skip
    who = helper_names()
    for row in rows:
        yield (
            str(row.payment_id), row.customer, ", ".join(number for _id, number in row.orders), _moment(row.at, zone),
            row.term.short, row.term.code, key_name(Dimension.NETWORK, row.network), key_name(Dimension.KIND, row.kind),
            row.last4, row.n, who[row.helper], row.amount.currency, row.amount.decimal(),
        )  # fmt: skip


def cases(rows: Iterable[ListedCase], zone: str) -> Iterator[Row]:
    """Failed payments one by one."""
    yield (
        _("Case"), _("Customer"), _("Order"), _("Failed"), _("Reason"), _("Decline code"), _("Last answer"),
        _("Network"), _("Method type"), _("Retries"), _("State"), _("Closed"), _("Who brought it back"),
        _("Next try"), _("Currency"), _("Amount"),
    )  # fmt: skip
    who = helper_names()
    states = {
        "open": _("Still open"),
        "recovered": _("Recovered"),
        "exhausted": _("Given up"),
        "cancelled": _("Closed"),
    }
    for row in rows:
        yield (
            str(row.id), row.customer, row.order, _moment(row.at, zone), row.term.short, row.term.code, row.last_code,
            key_name(Dimension.NETWORK, row.network), key_name(Dimension.KIND, row.kind), row.tries,
            states.get(str(row.state), str(row.state)), _moment(row.closed_at, zone),
            who[row.helper] if row.helper else "", _moment(row.next_try, zone),
            row.amount.currency, row.amount.decimal(),
        )  # fmt: skip


def _days(view: FailedView) -> Iterator[Row]:
    yield (_("Day"), *_measures(_("Declined tries")))
    for day in view.days:
        yield (day.day.isoformat(), *_both(day.declines))


def _hours(view: FailedView) -> Iterator[Row]:
    yield (_("Weekday"), _("Hour"), *_measures(_("Declined tries")))
    for weekday, row in enumerate(view.grid.cells):
        for hour, share in enumerate(row):
            yield (weekday_name(weekday), hour_name(hour), *_both(share))


def _breakdown(list: Breakdown) -> Iterator[Row]:
    cases = any(row.recovered for row in list.rows)
    head = (dimension_names()[list.dimension], _("Keys"), *_measures(_("Failed")))
    yield (*head, _("Recovered, payments"), _("Recovered, amount")) if cases else head
    for row in list.rows:
        line = (row.label, ", ".join(row.keys), *_both(row.failed))
        yield (*line, row.recovered.count, row.recovered.amount.decimal()) if cases and row.recovered else line


def _case_days(view: RecoveryView) -> Iterator[Row]:
    yield (
        _("Day"), *_measures(_("Failed")), _("Recovered, payments"), _("Recovered, amount"), _("Still open, payments"),
        _("Still open, amount"), _("Given up, payments"), _("Given up, amount"), _("Too young to compare"),
    )  # fmt: skip
    for day in view.days:
        rest = [
            cell
            for share in (day.recovered, day.still_open, day.given_up)
            for cell in (share.count, share.amount.decimal())
        ]
        yield (day.day.isoformat(), *_both(day.failed), *rest, _("yes") if day.young else _("no"))


def _ages(view: RecoveryView) -> Iterator[Row]:
    yield (
        _("Days after the failure"), _("Span"), *_measures(_("Failed, old enough")), _("Recovered, payments"),
        _("Recovered, amount"), _("Rate by amount, %"), _("Rate by count, %"),
    )  # fmt: skip
    for row in view.compared:
        for span, at in ((_("these days"), row.now), (_("the days before"), row.before)):
            rates = (_rate(at.rate(By.AMOUNT)), _rate(at.rate(By.COUNT)))
            yield (row.days, span, *_both(at.failed), at.within.count, at.within.amount.decimal(), *rates)


def _helpers(view: RecoveryView) -> Iterator[Row]:
    yield (_("Who brought it back"), *_measures(_("Recovered")), _("Hours on average"))
    names, hours = helper_names(), dict(view.hours)
    for helper, share in view.helpers:
        yield (names[helper], *_both(share), _rate(hours.get(helper)))


def _ladder(view: RecoveryView) -> Iterator[Row]:
    yield (_("Retry"), *_measures(_("Made for")), _("Brought back, payments"), _("Brought back, amount"))
    for step in view.ladder:
        yield (step.n, *_both(step.reached), step.recovered.count, step.recovered.amount.decimal())


def _cohorts(view: RecoveryView) -> Iterator[Row]:
    yield (
        _("Month"), _("Days after the failure"), *_measures(_("Failed, old enough")), _("Recovered, payments"),
        _("Recovered, amount"), _("Whole month"),
    )  # fmt: skip
    for cohort in view.cohorts:
        for cell in cohort.cells:
            came = (cell.recovered.count, cell.recovered.amount.decimal())
            yield (f"{cohort.month:%Y-%m}", cell.days, *_both(cell.of), *came, _("yes") if cell.whole else _("no"))


def _measures(what: str) -> tuple[str, str, str]:
    return _("%(what)s, payments") % {"what": what}, _("Currency"), _("%(what)s, amount") % {"what": what}


def _both(share: Share) -> tuple[int, str, Decimal]:
    return share.count, share.amount.currency, share.amount.decimal()


def _rate(rate: Decimal | None) -> Decimal | str:
    return "" if rate is None else rate


def _moment(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if at else ""
