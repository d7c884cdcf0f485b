"""An import's summary in sentences, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from domain.imports.summary import MANY, Summary
from kit.i18n import _, ngettext


def sentences(summary: Summary) -> Iterator[str]:
    """What was done (or would be), then every refused row with why, or where to read them all."""
    if summary.dry_run:
        yield _("Dry run: nothing was written. A real run would do this:")
    yield _("%(n)s rows read") % {"n": f"{summary.rows:,}"}
    yield _counted(summary.orders_made, _("orders made"), summary.rows_made) + _left_open(summary)
    yield _("%(n)s customers made") % {"n": f"{summary.customers_made:,}"}
    yield _counted(summary.orders_there, _("orders already there"), summary.rows_there)
    if summary.invited:
        yield _("%(n)s customers invited") % {"n": f"{summary.invited:,}"}
    if summary.unused_columns:
        yield _("Columns not used: %(names)s") % {"names": ", ".join(summary.unused_columns)}
    if summary.dust_lines:
        yield _(
            "Leftovers of adding decimals, like 1.776357e-15, read as the amount next to them, on lines %(lines)s"
        ) % {"lines": ", ".join(map(str, summary.dust_lines[:MANY])) + (" …" if len(summary.dust_lines) > MANY else "")}
    yield from _refusals(summary)


def _counted(orders: int, what: str, rows: int) -> str:
    return f"{orders:,} {what} (" + ngettext("%(n)s row", "%(n)s rows", rows) % {"n": f"{rows:,}"} + ")"


def _left_open(summary: Summary) -> str:
    if not summary.orders_open:
        return ""
    return _(", %(n)s of them left open") % {"n": f"{summary.orders_open:,}"}


def _refusals(summary: Summary) -> Iterator[str]:
    yield ngettext("%(n)s row refused", "%(n)s rows refused", summary.refused_count) % {
        "n": f"{summary.refused_count:,}"
    }
    shown = summary.refused if summary.refused_file is None else summary.refused[:MANY]
    for line, why in shown:
        yield "  " + _("line %(line)d: %(why)s") % {"line": line, "why": why}
    more = summary.refused_count - len(shown)
    if more and summary.refused_file:
        yield "  " + _("and %(n)s more; all of them are in %(path)s") % {"n": f"{more:,}", "path": summary.refused_file}
    elif more:
        yield "  " + _("and %(n)s more; a real run writes all of them to a file") % {"n": f"{more:,}"}
