"""Alarms, to an operator: what has opened, what still stands after a day, what is well again. Nobody's data in it."""

from __future__ import annotations

from uuid import UUID

from domain.mail.letter import Button, Envelope, Letter
from domain.operations.alarms.lines import AlarmLine
from domain.operations.alarms.queries import find
from domain.operations.alarms.tell import CLEARED, DAILY, OPENED
from kit.clock import utc_now
from kit.config import settings
from kit.i18n import _, ngettext

_MOST = 12


def build(envelope: Envelope) -> Letter | None:
    """As things stand when it leaves: what has cleared meanwhile is said to be well. None when no alarm is left."""
    opened, daily, cleared = (_lines(envelope, what) for what in (OPENED, DAILY, CLEARED))
    every = [*opened, *daily, *cleared]
    if not every:
        return None
    return Letter(
        subject=_subject(opened, daily, cleared),
        heading=every[0].heading,
        first=tuple(_sentence(line) for line in every[:_MOST]),
        rows=tuple((line.heading, settings().public_url + line.runbook) for line in every[:_MOST]),
        button=Button(_("Open the alarms"), f"{settings().public_url}/operations/alarms"),
        after=_beyond(len(every) - _MOST),
        why=_("You get this because you look after this install."),
        manage=False,
    )


def _lines(envelope: Envelope, what: str) -> list[AlarmLine]:
    now = utc_now()
    found = (find(UUID(id), now) for id in envelope.facts.get(what, "").split())
    return [line for line in found if line is not None]


def _subject(opened: list[AlarmLine], daily: list[AlarmLine], cleared: list[AlarmLine]) -> str:
    stands = [line for line in (*opened, *daily) if line.cleared_at is None]
    if not stands:
        return _("Well again: %(what)s") % {"what": (*opened, *daily, *cleared)[0].heading}
    more = len(stands) - 1
    if not more:
        return _("Alarm: %(what)s") % {"what": stands[0].heading}
    return ngettext("Alarm: %(what)s, and %(n)d more", "Alarm: %(what)s, and %(n)d more", more) % {
        "what": stands[0].heading,
        "n": more,
    }


def _sentence(line: AlarmLine) -> str:
    if line.cleared_at is not None:
        return _("Well again since %(time)s UTC: %(what)s.") % {
            "time": line.cleared_at.strftime("%H:%M"),
            "what": line.heading,
        }
    return _("%(what)s. %(sentence)s") % {"what": line.heading, "sentence": line.sentence}


def _beyond(n: int) -> tuple[str, ...]:
    return (ngettext("And %(n)d more.", "And %(n)d more.", n) % {"n": n},) if n > 0 else ()
