"""Each figure's definition as it stands beside the figure: what it counts, and its formula with today's numbers. Pure.

The same definitions for whoever works on them: docs/figures.md.
"""

from __future__ import annotations

from decimal import Decimal

from domain.reports.filters import By, Filters
from domain.reports.shapes import Compared, Definition, EqualAge, FailedView, Head, RecoveryView, Share
from kit.i18n import _

_Part = tuple[str, Share]  # its name, if it has one


def of_recovery(view: RecoveryView, filters: Filters) -> dict[str, Definition]:
    """The page *Recovery*: failed, recovered, open, unplanned, given_up, helpers, within_7, within_14, within_30,
    plain, compared, cohorts, ladder, time_to."""
    by = filters.by
    return {
        **_heads(view.head, by),
        "helpers": _helpers(view, by),
        **{f"within_{age.days}": _within(age, by) for age in view.ages},
        "plain": _plain(view.compared[0], by),
        "compared": _compared(view.compared[0], by),
        "cohorts": _cohorts(view, by),
        "ladder": _ladder(view, by),
        "time_to": _time_to(view),
    }


def of_failed(view: FailedView, filters: Filters) -> dict[str, Definition]:
    """The page *Failed payments*: declines, before, grid, failed, recovered, open, unplanned, given_up."""
    by = filters.by
    return {
        "declines": Definition(
            _("Declines"),
            _(
                "Every “no” of a bank on a day of this stretch: first tries, retries, and presses of customers. The"
                " same purchase counts each time, and so does its amount."
            ),
            _("%(days)d days together = %(sum)s") % {"days": len(view.days), "sum": _value(view.declines, by)},
        ),
        "before": Definition(
            _("The stretch before"),
            _("Declines of equally many days just before the first one."),
            _value(view.before, by),
        ),
        "grid": Definition(
            _("Hour and weekday"),
            _("Declines by the hour and the day of your time zone in which they came. The cells add up."),
            _value(view.declines, by),
        ),
        **_heads(view.cases, by),
    }


def _heads(head: Head, by: By) -> dict[str, Definition]:
    parts = [(_("Recovered"), head.recovered), (_("still open"), head.still_open), (_("given up"), head.given_up)]
    return {
        "failed": _failed(parts, head.failed, by),
        "recovered": _part(_("Recovered"), _recovered_words(), head.recovered, head.failed, by),
        "open": _part(_("Still open"), _open_words(), head.still_open, head.failed, by),
        "unplanned": _part(_("Open without a next try"), _unplanned_words(), head.unplanned, head.still_open, by),
        "given_up": _part(_("Given up"), _given_up_words(), head.given_up, head.failed, by),
    }


def _failed(parts: list[_Part], whole: Share, by: By) -> Definition:
    counts = _(
        "Automatic payments that a bank declined, by the day of the first “no”: one for each purchase, however often it"
        " was tried, with the amount that was open then."
    )
    return Definition(_("Failed"), counts, _sum(parts, whole, by))


def _recovered_words() -> str:
    return _("Failed payments whose purchase is paid by now, whenever that was and whoever paid it.")


def _open_words() -> str:
    return _("Failed payments that are neither paid nor given up, with the full amount also where a part was paid.")


def _unplanned_words() -> str:
    return _("The part of what is still open for which no automatic try is planned: somebody has to do something.")


def _given_up_words() -> str:
    return _(
        "All tries were made without success, or nothing is owed any more. A later payment still makes it recovered."
    )


def _helpers(view: RecoveryView, by: By) -> Definition:
    counts = _(
        "Recovered payments by what started the payment that settled them: an automatic try, the customer in the portal"
        " or through the link of a mail, or somebody of your team."
    )
    parts: list[_Part] = [("", part) for _who, part in view.helpers if part.count]
    return Definition(_("Who brought it back"), counts, _sum(parts, view.head.recovered, by))


def _within(age: EqualAge, by: By) -> Definition:
    counts = _(
        "Paid on the day of the failure or on one of the %(days)d days after it. Only failures whose %(days)d days are"
        " over are counted, so that old and young days compare; the young ones, %(young)s, are left out of both sides."
    ) % {"days": age.days, "young": _value(age.young, by)}
    title = _("Recovered within %(days)d days") % {"days": age.days}
    return Definition(title, counts, _ratio(age.within, age.failed, by))


def _plain(pair: Compared, by: By) -> Definition:
    counts = _(
        "Recovered by now of all that failed. The later failures have had less time, so this looks like a decline even"
        " when nothing has changed: compare at equal age instead."
    )
    now, before = pair.plain_now, pair.plain_before
    formula = _("%(now)s, before: %(before)s") % {
        "now": _ratio(now.recovered, now.failed, by),
        "before": _ratio(before.recovered, before.failed, by),
    }
    return Definition(_("Plain recovery rate"), counts, formula)


def _compared(pair: Compared, by: By) -> Definition:
    counts = _(
        "The same rate for equally many days just before the first one, both at the age of %(days)d days. The change"
        " is in percentage points."
    ) % {"days": pair.days}
    change = pair.change(by)
    if change is None:
        return Definition(_("Compared with the stretch before"), counts, _("One of them has no failure old enough."))
    formula = _("%(now)s %% − %(before)s %% = %(change)s points") % {
        "now": pair.now.rate(by),
        "before": pair.before.rate(by),
        "change": change,
    }
    return Definition(_("Compared with the stretch before"), counts, formula)


def _cohorts(view: RecoveryView, by: By) -> Definition:
    counts = _(
        "The failures of each calendar month: how much of them was paid within so many days, of those whose days are"
        " over. A month that is not old enough as a whole shows its older days only."
    )
    cells = [cell for cohort in view.cohorts for cell in cohort.cells if cell.of.count]
    formula = _ratio(cells[0].recovered, cells[0].of, by) if cells else ""
    return Definition(_("By month of failure"), counts, formula)


def _ladder(view: RecoveryView, by: By) -> Definition:
    counts = _("Of the failures that came so far that this retry was made, those that it brought back.")
    rung = next((rung for rung in view.ladder if rung.n == 1), None)
    return Definition(_("By retry"), counts, _ratio(rung.recovered, rung.reached, by) if rung else "")


def _time_to(view: RecoveryView) -> Definition:
    counts = _(
        "From the first “no” to the payment, of recovered failures only. Half of them took the median number of days or"
        " fewer, 0 being the same day."
    )
    took = view.time_to
    if took.median_days is None:
        return Definition(_("Time to recover"), counts, "")
    formula = _("Median %(days)d days, mean %(hours)s hours, of %(count)d recovered") % {
        "days": took.median_days,
        "hours": took.mean_hours,
        "count": took.count,
    }
    return Definition(_("Time to recover"), counts, formula)


def _part(title: str, counts: str, part: Share, whole: Share, by: By) -> Definition:
    return Definition(title, counts, _ratio(part, whole, by))


def _ratio(part: Share, whole: Share, by: By) -> str:
    percent: Decimal | None = part.percent_of(whole, by)
    if percent is None:
        return _("%(part)s of nothing") % {"part": _value(part, by)}
    return _("%(part)s ÷ %(whole)s = %(percent)s %%") % {
        "part": _value(part, by),
        "whole": _value(whole, by),
        "percent": percent,
    }


def _sum(parts: list[_Part], whole: Share, by: By) -> str:
    return _("%(parts)s = %(whole)s") % {
        "parts": " + ".join(_named(name, share, by) for name, share in parts) or "0",
        "whole": _value(whole, by),
    }


def _named(name: str, share: Share, by: By) -> str:
    return f"{name} {_value(share, by)}" if name else _value(share, by)


def _value(share: Share, by: By) -> str:
    return str(share.count) if by == By.COUNT else str(share.amount)
