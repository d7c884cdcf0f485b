"""What an operator must know first, in sentences: how bad it is, that nothing is lost, what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.pages.operations.spans import span
from domain.operations.shapes import Overview
from kit.i18n import _, ngettext


@dataclass(frozen=True)
class Alarm:
    """One thing that is not as it should be. `tone` is bad or warn."""

    tone: str
    heading: str
    sentence: str


def alarms(seen: Overview) -> tuple[Alarm, ...]:
    """Everything that is wrong, the worst first; empty when all is well."""
    return tuple(_all(seen))


def _all(seen: Overview) -> Iterator[Alarm]:
    if seen.late is not None:
        yield _late(seen)
    if seen.invariants is not None and not seen.invariants.holds:
        yield Alarm(
            "bad",
            _("A promise about money is broken: %(result)s") % {"result": seen.invariants.result},
            _("Run “python manage.py check-invariants”: it names each row. Nothing repairs it by itself."),
        )
    if seen.differences:
        yield _differences(seen)
    if seen.clock_silent:
        yield _clock(seen)
    if not seen.reachable:
        yield Alarm(
            "warn",
            _("Redis does not answer: queues and workers cannot be seen"),
            _(
                "Pages and payments go on, and nothing is lost: due work stands in the store. After half a minute the "
                "clock does it by itself, one row after another. Start Redis again; nothing else is to be done."
            ),
        )
    yield from _people(seen)
    yield from _hands(seen)


def _differences(seen: Overview) -> Alarm:
    count = len(seen.differences)
    return Alarm(
        "bad",
        ngettext(
            "Our books and the processor differ in %(n)d place",
            "Our books and the processor differ in %(n)d places",
            count,
        )
        % {"n": count},
        _(
            "Each is listed below. Settle it at the processor or by a person’s entry; “python manage.py reconcile” "
            "looks again, and so does every night."
        ),
    )


def _late(seen: Overview) -> Alarm:
    late = seen.late
    assert late is not None
    rows = ngettext("%(n)d row", "%(n)d rows", late.rows) % {"n": late.rows}
    heading = _("Work is late: %(rows)s, the oldest due %(age)s ago") % {"rows": rows, "age": span(late.oldest)}
    whose = [
        ngettext("%(n)d customer’s payment waits", "The payments of %(n)d customers wait", late.customers)
        % {"n": late.customers}
        if late.customers
        else _("No customer’s payment waits")
    ]
    if late.letters:
        whose.append(
            ngettext("%(n)d letter has not left", "%(n)d letters have not left", late.letters) % {"n": late.letters}
        )
    lost = _("Nothing is lost: every row stays in the store until it is done, and the clock hands it out again.")
    return Alarm("bad", heading, "; ".join(whose) + ". " + lost)


def _clock(seen: Overview) -> Alarm:
    start = _("Nothing is lost, but nothing new is started until it runs: start “python -m workers clock”.")
    if seen.clock_age is None:
        return Alarm("warn", _("The clock has never gone round"), start)
    return Alarm("bad", _("The clock has not gone round for %(span)s") % {"span": span(seen.clock_age)}, start)


def _people(seen: Overview) -> Iterator[Alarm]:
    count = seen.unknown.for_a_person
    if count:
        yield Alarm(
            "warn",
            ngettext("%(n)d payment needs a person", "%(n)d payments need a person", count) % {"n": count},
            _("The processor’s answer could not be judged. Its orders are held, so nobody is charged twice meanwhile."),
        )


def _hands(seen: Overview) -> Iterator[Alarm]:
    for name in seen.unmanned:
        yield Alarm(
            "warn",
            _("No worker serves the queue “%(name)s”") % {"name": name},
            _("Its work waits in the store. Start a worker: “python -m workers %(name)s”.") % {"name": name},
        )
    for worker in seen.workers:
        if worker.silent:
            yield Alarm(
                "warn",
                _("Worker %(name)s has been silent for %(span)s")
                % {"name": worker.name, "span": span(worker.heartbeat)},
                _("Its row is claimed again when its lease ends. The supervisor starts a new worker by itself."),
            )
