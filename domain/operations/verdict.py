"""The overview's first line, in words: what is ours to mend, what the processor's, what one merchant's. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from domain.operations.ours import ours
from domain.operations.shapes import Overview, QueueLine, VerdictLine
from domain.operations.spans import span
from domain.operations.theirs import one_merchant, theirs
from domain.operations.whose import Whose
from kit.i18n import _, listed, ngettext

_TONES = ("bad", "warn", "info", "good")


def verdict(seen: Overview) -> tuple[VerdictLine, ...]:
    """What is wrong, the worst first, and whose it is; then what was stopped. Nothing wrong: one calm line."""
    found = [*ours(seen), *theirs(seen), *one_merchant(seen)]
    wrong = sorted([*found, *_alarmed(seen, found)], key=lambda line: _TONES.index(line.tone))
    return (*(wrong or [_calm(seen)]), *_stopped(seen))


def _alarmed(seen: Overview, found: list[VerdictLine]) -> Iterator[VerdictLine]:
    """The first alarm of each whose trouble no line tells yet: all is not well while one stands, whatever its limit."""
    told = {line.whose for line in found}
    said = {
        Whose.OURS: _("Ours: %(alarm)s"),
        Whose.THEIRS: _("Theirs: %(alarm)s"),
        Whose.ONE_MERCHANT: _("One merchant: %(alarm)s"),
    }
    for alarm in seen.alarms:
        if alarm.whose not in told:
            told.add(alarm.whose)
            yield VerdictLine(alarm.whose, alarm.tone, said[alarm.whose] % {"alarm": alarm.heading}, alarm.place)


def _calm(seen: Overview) -> VerdictLine:
    workers = len(seen.workers)
    said = ngettext(
        "All is well: nothing is late, the clock went round %(ago)s ago, %(n)d worker gives signs of life",
        "All is well: nothing is late, the clock went round %(ago)s ago, %(n)d workers give signs of life",
        workers,
    )
    return VerdictLine(Whose.NOBODYS, "good", said % {"ago": span(seen.clock_age), "n": workers})


def _stopped(seen: Overview) -> Iterator[VerdictLine]:
    """What waits on purpose: no trouble, but nobody may forget it."""
    queues = [queue for queue in seen.queues if queue.stopped]
    if queues and all(queue.stopped and queue.stopped.drain for queue in queues):
        yield _info(_("Drained before a deploy: no queue’s work is done until somebody lifts it"), "workers")
    else:
        for queue in queues:
            yield _info(_queue(queue), "workers")
    if seen.suspended:
        names = {"names": listed(list(seen.suspended))}
        yield _info(_("Suspended: automatic payments of %(names)s") % names, "workers")


def _queue(queue: QueueLine) -> str:
    assert queue.stopped is not None
    said = {"name": queue.name, "reason": queue.stopped.reason, "n": queue.due}
    return (
        ngettext(
            "Stopped: the queue %(name)s (%(reason)s); %(n)d row waits",
            "Stopped: the queue %(name)s (%(reason)s); %(n)d rows wait",
            queue.due,
        )
        % said
    )


def _info(sentence: str, page: str) -> VerdictLine:
    return VerdictLine(Whose.NOBODYS, "info", sentence, f"/operations/{page}")
