"""The first line in words: whose it is to mend, and a calm line when it is nobody's. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.operations.alarms.lines import AlarmLine
from domain.operations.at_gateway import slow_since
from domain.operations.backlog import due_line
from domain.operations.clearing import clearing, together
from domain.operations.clock_facts import tick_line
from domain.operations.health_shapes import MailFacts, StoreFacts
from domain.operations.shapes import (
    AccountLine,
    Going,
    Invariants,
    Late,
    Overview,
    QueueLine,
    Stopped,
    TickLine,
    Unknown,
    WorkerLine,
    a_minute,
)
from domain.operations.store_facts import valkey_facts
from domain.operations.verdict import verdict
from domain.operations.waves_due import Wave
from domain.operations.whose import Whose
from domain.work.due import Backlog
from domain.work.timetable import TIMETABLE
from domain.work.wake import Work
from integrations.queue.snapshot import RedisFacts

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ID = UUID(int=1)

CALM = Overview(
    at=NOW, due=(), late=None, reachable=True, queues=(), workers=(), unknown=Unknown(0, 0, None),
    invariants=Invariants(True, "all hold", NOW), differences=(), clock_at=NOW - timedelta(seconds=4),
)  # fmt: skip
WORKER = WorkerLine("charges@web-1#7", "charges", timedelta(minutes=3), True, None, None, None, False)
QUEUE = QueueLine("charges", 0, None, 0, 12, 0)
ACCOUNT = AccountLine(ID, ID, "harbor", "Harbor Yoga", "stripe", True, True, calls=40, mean=300)
BUSY = replace(ACCOUNT, verdicts=30, verdicts_before=100, declined_before=210)
REDIS = RedisFacts(900, 1000, "noeviction", True, True, 0, 3, timedelta(days=1))
STORE = StoreFacts("SQLite", 1, (), 1 << 40, 1 << 41, timedelta(0))


@pytest.mark.parametrize(
    ("seen", "sentences"),
    [
        (CALM, ["All is well: nothing is late, the clock went round 4 s ago, 0 workers give signs of life"]),
        (replace(CALM, workers=(WORKER,)), ["Ours: one worker silent"]),
        (replace(CALM, workers=(WORKER, WORKER)), ["Ours: 2 workers silent"]),
        (
            replace(CALM, late=Late(318, 12, 3, timedelta(minutes=72)), clock_at=NOW - timedelta(minutes=2)),
            ["Ours: 318 rows are late, the oldest by 1 h 12 min; 12 customers wait",
             "Ours: the clock has not gone round for 2 min"],
        ),
        (replace(CALM, queues=(QUEUE,)), ["Ours: no worker serves the queue charges"]),
        (replace(CALM, queues=(replace(QUEUE, known=False),), reachable=False),
         ["Ours: Redis does not answer; the clock does what is due by itself"]),
        (replace(CALM, queues=(replace(QUEUE, stopped=Stopped(NOW, "deploy of 2.1")),)),
         ["All is well: nothing is late, the clock went round 4 s ago, 0 workers give signs of life",
          "Stopped: the queue charges (deploy of 2.1); 12 rows wait"]),
        (replace(CALM, queues=(replace(QUEUE, stopped=Stopped(NOW, "deploy", drain=True)),)),
         ["All is well: nothing is late, the clock went round 4 s ago, 0 workers give signs of life",
          "Drained before a deploy: no queue’s work is done until somebody lifts it"]),
        (replace(CALM, accounts=(replace(ACCOUNT, mean=9000, slow_since=NOW - 20 * MINUTE),)),
         ["Theirs: Stripe answers in 9 s since 02:10, tries wait"]),
        (replace(CALM, accounts=(replace(ACCOUNT, mean=9000, calls=2),)), None),  # two calls tell nothing
        (replace(CALM, accounts=(replace(ACCOUNT, silent=4), ACCOUNT)),
         None),  # one in twenty
        (replace(CALM, accounts=(replace(ACCOUNT, silent=4),)),
         ["Theirs: Stripe gave no answer to 4 of 40 calls in 10 minutes; we ask again"]),
        (replace(CALM, accounts=(replace(ACCOUNT, refused=3), ACCOUNT)), ["One merchant: key refused, Harbor Yoga"]),
        (replace(CALM, accounts=(replace(ACCOUNT, refused=3), replace(ACCOUNT, refused=1, name="Kiln"))),
         ["2 merchants: key refused, Harbor Yoga and Kiln"]),
        (replace(CALM, accounts=(replace(BUSY, declined=620),)),
         ["One merchant: 62 % of Harbor Yoga’s charges are declined, at this hour usually 21 %"]),
        (replace(CALM, accounts=(replace(BUSY, declined=380),)), None),
        (replace(CALM, without_account=("Kiln",)), ["One merchant: no processor account in use, payments wait: Kiln"]),
        (replace(CALM, mail=MailFacts(3, MINUTE, 0, None, 0, 0, "relay: 450", NOW)),
         ["Theirs: the mail relay does not take letters: 450; they wait"]),
        (replace(CALM, invariants=Invariants(False, "2 broken", NOW), unknown=Unknown(0, 1, None)),
         ["Ours: a promise about money is broken: 2 broken", "Ours: 1 payment waits for a person’s judgement"]),
        (replace(CALM, store=replace(STORE, disk_free=1 << 29)), ["Ours: the disk is nearly full: 0 % free"]),
        (replace(CALM, valkey=valkey_facts(replace(REDIS, memory=950, policy="allkeys-lru"))),
         ["Ours: Redis’ memory is nearly full",
          "Ours: Redis throws hints away when its memory is full: set maxmemory-policy noeviction"]),
        (replace(CALM, store=STORE, valkey=valkey_facts(REDIS)), None),
        (replace(CALM, ticks=(TickLine("reconcile", NOW, None, "failed: OSError", True, NOW, False),)),
         ["Ours: 1 line of the timetable was missed or failed"]),
    ],
)  # fmt: skip
def test_the_line_says_whose_it_is(seen: Overview, sentences: list[str] | None) -> None:
    told = verdict(seen)
    if sentences is None:
        assert [line.tone for line in told] == ["good"]
    else:
        assert [line.sentence for line in told] == sentences


def test_all_is_not_well_while_an_alarm_stands() -> None:
    alarm = AlarmLine(
        ID, "collects_late", "", Whose.OURS, "bad", "Automatic payments are late: 5 s", "", 3, 5, 2, "seconds", "5 s",
        "2 s", NOW, NOW, "/operations/jobs", "/operations/runbook",
    )  # fmt: skip
    told = [line.sentence for line in verdict(replace(CALM, alarms=(alarm, alarm)))]
    assert told == ["Ours: Automatic payments are late: 5 s"]
    told = [line.sentence for line in verdict(replace(CALM, workers=(WORKER,), alarms=(alarm,)))]
    assert told == ["Ours: one worker silent"], "whose it is has been told already"


def test_what_is_bad_comes_before_what_is_a_warning() -> None:
    seen = replace(CALM, workers=(WORKER,), accounts=(replace(ACCOUNT, refused=1),))
    assert [(line.whose.value, line.tone, line.link) for line in verdict(seen)] == [
        ("one_merchant", "bad", "/operations?merchant=harbor"),
        ("ours", "warn", "/operations/workers"),
    ]


@pytest.mark.parametrize(
    ("rows", "came", "done", "pace", "end", "growing", "stalled"),
    [
        (600, 0, [0] * 8 + [60, 60], 0, 10 * MINUTE, False, False),  # a wave that began two minutes ago
        (600, 300, [60] * 10, 0, 20 * MINUTE, False, False),  # half of what is done comes anew
        (600, 700, [60] * 10, 0, None, True, False),
        (50, 700, [60] * 10, 0, timedelta(seconds=50), False, False),  # less than a minute's work is no backlog
        (600, 0, [], 600, MINUTE, False, False),  # nothing is measured yet: its account's pace
        (600, 0, [0] * 10, 0, None, False, True),
        (10**9, 0, [1] * 10, 0, None, True, False),  # centuries are no end
    ],
)
def test_a_backlogs_end(
    rows: int, came: int, done: list[int], pace: int, end: timedelta | None, growing: bool, stalled: bool
) -> None:
    found = clearing(rows, came=came, done=done, pace=pace, late=True, now=NOW)
    assert (found.end and found.end - NOW, found.growing, found.stalled) == (end, growing, stalled)


def test_the_last_of_all_ends_is_the_end_and_one_that_grows_has_none() -> None:
    wave = Wave(Work.COLLECT, ID, 60, 60, NOW, 1, NOW, False)
    in_hand = due_line(Backlog(Work.COLLECT, 60, NOW - 20 * MINUTE), lying=Backlog(Work.COLLECT, 60, NOW - 20 * MINUTE),
                       waves=[wave], stopped=False, came=0, done=[], now=NOW)  # fmt: skip
    letters = due_line(
        Backlog(Work.MAIL, 300, NOW), lying=None, waves=[], stopped=False, came=0, done=[60] * 10, now=NOW
    )
    every = together([in_hand, letters])
    assert every is not None
    assert (in_hand.going, in_hand.paced, every.rows, every.end) == (Going.IN_HAND, 60, 360, NOW + 5 * MINUTE)
    grows = due_line(
        Backlog(Work.MAIL, 300, NOW), lying=None, waves=[], stopped=False, came=900, done=[60] * 10, now=NOW
    )
    every = together([in_hand, grows])
    assert every is not None
    assert (every.end, every.growing) == (None, True)


def test_slow_since_the_first_minute_of_the_run_that_goes_on() -> None:
    def minutes(*means: int | None) -> list[tuple[datetime, int, int]]:
        return [(NOW + n * MINUTE, 0 if mean is None else 2, 2 * (mean or 0)) for n, mean in enumerate(means)]

    assert slow_since(minutes(9000, 200, 4000, None, 9000)) == NOW + 2 * MINUTE
    assert slow_since(minutes(9000, 200)) is None


def test_a_tick_in_somebodys_hands_or_of_a_moment_ago_is_not_missed() -> None:
    line = next(line for line in TIMETABLE if line.name == "reconcile")  # at 02:40
    assert tick_line(line, None, NOW).missed
    assert not tick_line(line, None, NOW.replace(hour=2, minute=41)).missed
    assert tick_line(line, None, NOW).next_at == NOW.replace(minute=40)


def test_rates_are_told_without_false_exactness() -> None:
    assert [a_minute(n) for n in (0, 3, 99, 100, 604, 605)] == ["0", "0.3", "9.9", "10", "60", "61"]
