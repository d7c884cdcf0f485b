"""What is ours to mend, in words: workers, the clock, Redis, the store, late rows, the books. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from domain.operations.shapes import Overview, VerdictLine
from domain.operations.spans import span
from domain.operations.whose import Whose
from kit.i18n import _, listed, ngettext

_LEAST_DISK = 1 << 30  # bytes: below, a backup or a day's log may fill it
_LEAST_PERCENT = 5


def ours(seen: Overview) -> Iterator[VerdictLine]:
    """Money first, then what keeps it from moving, then what threatens to."""
    yield from _books(seen)
    yield from _work(seen)
    yield from _processes(seen)
    yield from _ground(seen)


def line(tone: str, sentence: str, link: str = "") -> VerdictLine:
    """One of ours."""
    return VerdictLine(Whose.OURS, tone, sentence, link)


def _books(seen: Overview) -> Iterator[VerdictLine]:
    if seen.invariants is not None and not seen.invariants.holds:
        yield line("bad", _("Ours: a promise about money is broken: %(what)s") % {"what": seen.invariants.result})
    if differences := len(seen.differences):
        yield line(
            "bad",
            ngettext(
                "Ours: the books and the processor differ in %(n)d place",
                "Ours: the books and the processor differ in %(n)d places",
                differences,
            )
            % {"n": differences},
            "/operations/money",
        )
    if waiting := seen.unknown.for_a_person:
        yield line(
            "warn",
            ngettext(
                "Ours: %(n)d payment waits for a person’s judgement",
                "Ours: %(n)d payments wait for a person’s judgement",
                waiting,
            )
            % {"n": waiting},
            "/operations/money",
        )


def _work(seen: Overview) -> Iterator[VerdictLine]:
    late = seen.late
    if late is None:
        return
    rows = ngettext("%(n)d row is late", "%(n)d rows are late", late.rows) % {"n": late.rows}
    whose = (
        ngettext("%(n)d customer waits", "%(n)d customers wait", late.customers) % {"n": late.customers}
        if late.customers
        else _("no customer’s payment waits")
    )
    said = {"rows": rows, "age": span(late.oldest), "whose": whose}
    yield line("bad", _("Ours: %(rows)s, the oldest by %(age)s; %(whose)s") % said, "/operations/jobs")


def _processes(seen: Overview) -> Iterator[VerdictLine]:
    if seen.clock_age is None:
        yield line("warn", _("Ours: the clock has never gone round"), "/operations/clock")
    elif seen.clock_silent:
        age = {"span": span(seen.clock_age)}
        yield line("bad", _("Ours: the clock has not gone round for %(span)s") % age, "/operations/clock")
    if not seen.reachable:
        yield line(
            "warn", _("Ours: Redis does not answer; the clock does what is due by itself"), "/operations/workers"
        )
    if seen.unmanned:
        yield line(
            "warn",
            ngettext(
                "Ours: no worker serves the queue %(names)s",
                "Ours: no worker serves the queues %(names)s",
                len(seen.unmanned),
            )
            % {"names": listed(list(seen.unmanned))},
            "/operations/workers",
        )
    if silent := sum(worker.silent for worker in seen.workers):
        said = ngettext("Ours: one worker silent", "Ours: %(n)d workers silent", silent) % {"n": silent}
        yield line("warn", said, "/operations/workers")
    missed = sum(tick.missed or tick.failed for tick in seen.ticks)
    if missed and seen.clock_age is not None:
        yield line(
            "warn",
            ngettext(
                "Ours: %(n)d line of the timetable was missed or failed",
                "Ours: %(n)d lines of the timetable were missed or failed",
                missed,
            )
            % {"n": missed},
            "/operations/clock",
        )


def _ground(seen: Overview) -> Iterator[VerdictLine]:
    """What everything stands on: the store, its disk, Redis' settings."""
    store, valkey = seen.store, seen.valkey
    if store is not None and store.pending:
        yield line("bad", _("Ours: the store is behind this version: run “python manage.py migrate”"))
    if store is not None and store.disk_free is not None and store.disk_all:
        percent = 100 * store.disk_free // store.disk_all
        if store.disk_free < _LEAST_DISK or percent < _LEAST_PERCENT:
            yield line("bad", _("Ours: the disk is nearly full: %(percent)d %% free") % {"percent": percent})
    for name in valkey.bad if valkey else ():
        yield line("warn", _valkey(name), "/operations/workers")
    if seen.webhooks and seen.webhooks.unknown:
        count = seen.webhooks.unknown
        yield line(
            "warn",
            ngettext(
                "Ours: %(n)d webhook names something of ours that we do not know",
                "Ours: %(n)d webhooks name something of ours that we do not know",
                count,
            )
            % {"n": count},
            "/operations/webhooks",
        )


def _valkey(name: str) -> str:
    return {
        "memory": _("Ours: Redis’ memory is nearly full"),
        "aof": _("Ours: Redis keeps no log of changes, or could not write it: hints may be lost when it ends"),
        "policy": _("Ours: Redis throws hints away when its memory is full: set maxmemory-policy noeviction"),
    }[name]
