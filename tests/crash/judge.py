"""After the heal: what must be true, seen from outside: the store, the bank's list, the mailbox, the log."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import UUID

from domain.work import ticks
from domain.work.timetable import TIMETABLE
from kit.clock import utc_now
from models.base import connected
from models.payments import Attempt
from models.work import Mail, MailState, Tick
from sandbox.__main__ import store_path
from sandbox.inbox.letters import Caught
from sandbox.inprocess import InProcess
from tests.crash.place import Place
from tests.proof.verdict import verdict

_RAN = re.compile(r'"tick": "([0-9a-f-]{36})".*"event": "tick\.done"')


def wrong(place: Place, dealt: Counter[str], counted: Counter[str]) -> list[str]:
    """Every wrong thing, its kind before the colon. Counts on the way."""
    with connected(), closing(InProcess(store_path(place.home))) as bank:
        found = [*verdict(bank), *_mails(place, dealt, counted), *_ticks(place, counted)]
    counted["doubles"] = sum(line.startswith("double charge") for line in found)
    counted["losses"] = sum(line.startswith(("captured", "phantom", "mail lost")) for line in found)
    return found


def _mails(place: Place, dealt: Counter[str], counted: Counter[str]) -> Iterator[str]:
    """Every row was sent at least once; repeats, no more than blows that can cost a mark, have the same Message-ID."""
    with closing(place.letters()) as letters:
        caught: dict[str, list[Caught]] = {}
        for letter in letters.newest(most=1 << 20):
            caught.setdefault(letter.message_id, []).append(letter)
    rows = {f"<{row.id}@": row for row in Mail.select()}
    now = utc_now()
    for row in rows.values():
        copies = next((found for mark, found in caught.items() if mark.startswith(f"<{row.id}@")), [])
        counted[f"mail rows {row.state}"] += 1
        if row.state == MailState.SENT and not copies:
            yield f"mail lost: {row.template} {row.id} is marked as sent, and never came"
        if row.state == MailState.FAILED:
            yield f"mail lost: {row.template} {row.id} was given up: {row.result}"
        if row.state == MailState.DUE and row.due_at <= now:
            yield f"mail stuck: {row.template} {row.id} is due since {row.due_at:%H:%M:%S}: {row.result}"
        if len({(copy.to, copy.subject) for copy in copies}) > 1:
            yield f"mail changed: {row.template} {row.id} came with different recipients or subjects"
    strangers = [mark for mark in caught if mark.partition("@")[0] + "@" not in rows]
    if strangers:
        yield f"mail without a row: {strangers[:3]}"
    counted["mails"] = len(caught)
    counted["mail repeats"] = sum(len(copies) - 1 for copies in caught.values())
    if counted["mail repeats"] > may_repeat(place, dealt):
        yield f"mail repeated: {counted['mail repeats']} times, with {may_repeat(place, dealt)} deaths that explain one"


def may_repeat(place: Place, dealt: Counter[str]) -> int:
    """How many mails may have gone twice: a sender's death costs one mark at most, what all senders feel one each."""
    senders = 3  # two workers, and the clock when the queue is away
    alone = dealt["worker-mail"] + dealt["second mail"] + dealt["clock"]
    felt_by_all = sum(
        count for name, count in dealt.items() if name.startswith(("postgres", "supervisor", "inbox", "smtp"))
    )
    return alone + senders * (felt_by_all + len(place.jumps))  # a jump ends the lease of a mail that is just going out


def _ticks(place: Place, counted: Counter[str]) -> Iterator[str]:
    """Every line of the timetable had each of its moments, and each ran once."""
    ran, now = Counter(_RAN.findall(place.said())), utc_now()
    for row in Tick.select():
        counted["ticks"] += 1
        if row.done_at is None and row.due_at <= now:
            yield f"tick stuck: {row.name} of {row.due_at:%d %H:%M}: {row.result or 'never taken'}"
        if ran[str(row.id)] > 1:
            yield f"tick repeated: {row.name} of {row.due_at:%d %H:%M} ran {ran[str(row.id)]} times"
    for line in TIMETABLE:
        last = Tick.select().where(Tick.name == line.name).order_by(Tick.due_at.desc()).first()
        if last is None or ticks.missing(line, last.due_at, now):
            yield f"tick missing: {line.name}"


def longest(place: Place, unhurried: set[UUID]) -> timedelta:
    """From the reserve to a known outcome, in real time; not for methods whose holder or bank takes its time."""
    with connected():
        closed = Attempt.select().where(Attempt.closed_at.is_null(False))
        waits = [place.lasted(row.reserved_at, row.closed_at) for row in closed if row.method_id not in unhurried]
    return max(waits, default=timedelta(0))
