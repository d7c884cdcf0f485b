"""Mail as operators see it: what is due, what the relay accepted or refused. Counts and codes, never an address."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from kit.log import redact
from models.base import connected
from models.merchants import Merchant
from models.work import Mail, MailState, UnreachableAddress

BACK = timedelta(hours=24)
_HOUSES = 20  # merchants listed, those with most trouble first
_ANSWERS = 8  # different answers of the relay
_ROWS = 2000  # refused letters whose answers are read


@dataclass(frozen=True)
class Counts:
    """Letters: due now, to leave later (a night's rest, another try); accepted, failed, suppressed in the last day."""

    due: int = 0
    later: int = 0
    accepted: int = 0
    failed: int = 0
    suppressed: int = 0


@dataclass(frozen=True)
class Slice:
    """The letters of a template or a merchant. `key` is the template's name or the slug, empty for our own letters."""

    key: str
    name: str
    counts: Counts
    oldest: timedelta | None  # of those that are due


@dataclass(frozen=True)
class Answer:
    """What the relay said, without what is personal, and how often in the last day."""

    text: str
    count: int


@dataclass(frozen=True)
class MailBoard:
    """How mail goes: `merchant` is the slug that it is of, None for the install."""

    at: datetime
    all: Slice
    templates: tuple[Slice, ...]
    houses: tuple[Slice, ...]
    more_houses: int
    answers: tuple[Answer, ...]
    unreachable: int  # addresses that the relay refused for good, of the whole install


_Cell = tuple[str, str, str, MailState, bool, int, datetime | None]  # template, slug, name, state, now, count, oldest


def mail_board(now: datetime, *, house: UUID | None = None) -> MailBoard:
    """Everything about mail; of one merchant's, if given. Sent, failed and suppressed ones by when they were due."""
    whose = [] if house is None else [Mail.merchant == house]
    with connected():
        cells = _cells(now, whose)
        answers = _answers(now, whose)
        unreachable = int(UnreachableAddress.select().count())
    houses = sorted(_slices(cells, 1, now), key=_trouble, reverse=True)
    return MailBoard(
        at=now,
        all=_slice("", "", cells, now),
        templates=tuple(_slices(cells, 0, now)),
        houses=tuple(houses[:_HOUSES]),
        more_houses=max(len(houses) - _HOUSES, 0),
        answers=answers,
        unreachable=unreachable,
    )


def _cells(now: datetime, whose: list[Any]) -> list[_Cell]:
    """By template, merchant and state: what has not left, and what was done with in the last day."""
    asked: Any = (
        Mail.select(
            Mail.template,
            fn.COALESCE(Merchant.slug, ""),
            fn.COALESCE(Merchant.name, ""),
            Mail.state,
            fn.COUNT(Mail.id),
            fn.MIN(Mail.due_at),
        )
        .join(Merchant, JOIN.LEFT_OUTER)
        .group_by(Mail.template, Merchant.slug, Merchant.name, Mail.state)
    )
    done = [state for state in MailState if state is not MailState.DUE]
    parts = (
        (True, asked.where(Mail.state == MailState.DUE, Mail.due_at <= now, *whose)),
        (False, asked.where(Mail.state == MailState.DUE, Mail.due_at > now, *whose)),
        (False, asked.where(Mail.state.in_(done), Mail.due_at > now - BACK, *whose)),
    )
    return [
        (template, slug, name, MailState(state), at_once, count, oldest)
        for at_once, query in parts
        for template, slug, name, state, count, oldest in query.tuples()
    ]


def _slices(cells: list[_Cell], by: int, now: datetime) -> list[Slice]:
    found: dict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        found[str(cell[by])].append(cell)
    return [_slice(key, found[key][0][2] if by else "", found[key], now) for key in sorted(found)]


def _slice(key: str, name: str, cells: Iterable[_Cell], now: datetime) -> Slice:
    counts: Counter[str] = Counter()
    oldest: list[datetime] = []
    for _template, _slug, _name, state, at_once, count, since in cells:
        counts[("due" if at_once else "later") if state is MailState.DUE else state.value] += count
        if at_once and since is not None:
            oldest.append(since)
    return Slice(
        key=key,
        name=name,
        counts=Counts(counts["due"], counts["later"], counts["sent"], counts["failed"], counts["suppressed"]),
        oldest=now - min(oldest) if oldest else None,
    )


def _trouble(one: Slice) -> tuple[int, int, int]:
    return (one.counts.failed, one.counts.due, one.counts.accepted)


def _answers(now: datetime, whose: list[Any]) -> tuple[Answer, ...]:
    """What the relay said to the letters of the last day that failed or are tried again, most often first."""
    asked: Any = Mail.select(Mail.result).where(Mail.result != "", *whose).limit(_ROWS)
    failed = asked.where(Mail.state == MailState.FAILED, Mail.due_at > now - BACK)
    again = asked.where(Mail.state == MailState.DUE, Mail.tries > 0)
    texts = Counter(redact(result)[:120] for query in (failed, again) for (result,) in query.tuples())
    return tuple(Answer(text, count) for text, count in texts.most_common(_ANSWERS))
