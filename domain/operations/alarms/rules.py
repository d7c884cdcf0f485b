"""The table of rules: what is watched, in which unit, and beyond which limit somebody is told.

docs/runbook.md has a section for each. Operators may set another limit, for a rule or for one queue, kind or account of
it (limits.py). What is counted towards a rule is in facts.py, what is said about it in words.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.operations.whose import Whose
from domain.work.wake import Work


class Unit(StrEnum):
    """What a rule's limit and value are counted in. All of them are whole numbers."""

    SECONDS = "seconds"
    COUNT = "count"
    PERCENT = "percent"
    MEGABYTES = "megabytes"
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True)
class Rule:
    """A rule fires when its value is above the limit (`below`: under it), and tells when that has lasted `patience`
    seconds.

    `kind`: whose rows are late. `bad`: money or people wait; else it is a warning. `nags`: told again every day, also
    when somebody has acknowledged it (protocol.md 2, REVIEW). `local`: each host looks at its own.
    """

    name: str
    whose: Whose
    unit: Unit
    limit: int
    kind: Work | None = None
    bad: bool = True
    patience: int = 0
    below: bool = False
    nags: bool = False
    local: bool = False

    def passed(self, value: int, limit: int) -> bool:
        """Whether a value is not well."""
        return value < limit if self.below else value > limit


_OURS, _THEIRS, _ONE = Whose.OURS, Whose.THEIRS, Whose.ONE_MERCHANT
_S, _N, _PERCENT, _MB, _MS = Unit.SECONDS, Unit.COUNT, Unit.PERCENT, Unit.MEGABYTES, Unit.MILLISECONDS
_MINUTE, _HOUR = 60, 3600


def _late(name: str, limit: int, kind: Work, *, bad: bool = True) -> Rule:
    """Late work is told at the second look: what is done meanwhile wakes nobody."""
    return Rule(name, _OURS, _S, limit, kind, bad=bad, patience=15)


_TABLE = (
    # Work that is late: for how long its oldest row has been due. What waits on purpose does not count.
    _late("confirmation_mail_late", 2 * _MINUTE, Work.MAIL),  # somebody sits there and waits for it
    _late("mail_late", 15 * _MINUTE, Work.MAIL, bad=False),
    _late("collects_late", _HOUR, Work.COLLECT),
    _late("retries_late", _HOUR, Work.RETRY),
    _late("outcomes_late", 2 * _MINUTE, Work.ATTEMPT),
    _late("webhooks_late", 5 * _MINUTE, Work.WEBHOOK),
    _late("refunds_late", 15 * _MINUTE, Work.REFUND),
    _late("schedules_late", _HOUR, Work.SCHEDULE),
    _late("promises_late", _HOUR, Work.PROMISE, bad=False),
    _late("methods_late", _HOUR, Work.METHOD, bad=False),
    _late("figures_late", _HOUR, Work.ROLLUP, bad=False),
    _late("imports_late", 10 * _MINUTE, Work.IMPORT, bad=False),
    _late("ticks_late", 30 * _MINUTE, Work.TICK, bad=False),  # a failed one is run again after 15 minutes
    _late("alarm_calls_late", 10 * _MINUTE, Work.ALARM, bad=False),
    # Money that a person must look at. Subject: attempt or refund.
    Rule("review", _OURS, _N, 0, nags=True),
    Rule("unknown_long", _THEIRS, _S, _HOUR),  # since the oldest outcome is not known
    Rule("failed_bug", _OURS, _N, 0),  # in the last 24 hours
    Rule("invariant_broken", _OURS, _N, 0),
    Rule("difference_open", _OURS, _N, 0),  # by processor account
    # Processes.
    Rule("worker_silent", _OURS, _S, 2 * _MINUTE, bad=False),  # by worker
    Rule("workers_missing", _OURS, _N, 0, bad=False, patience=_MINUTE),  # by queue: how many fewer than configured
    Rule("queue_unmanned", _OURS, _S, _MINUTE),  # by queue: how long its oldest due row has waited
    Rule("clock_late", _OURS, _S, _MINUTE),
    Rule("redis_away", _OURS, _N, 0, bad=False, patience=_MINUTE),
    Rule("redis_unsafe", _OURS, _N, 0, bad=False),  # by setting
    Rule("disk_low", _OURS, _MB, 2048, below=True, local=True),  # by host
    Rule("jobs_fail", _OURS, _N, 10, bad=False),  # by kind, in an hour
    Rule("stop_lasts", _OURS, _S, _HOUR, bad=False),  # by what was stopped
    # The world outside. By processor account, over ten minutes.
    Rule("gateway_slow", _THEIRS, _MS, 8000, bad=False, patience=2 * _MINUTE),  # the 95th of 100 calls
    Rule("gateway_silent", _THEIRS, _PERCENT, 20),  # share of calls without a usable answer
    Rule("key_refused", _ONE, _N, 0),
    Rule("webhooks_silent", _ONE, _S, 6 * _HOUR, bad=False),  # since the latest one, on an account that charges
    Rule("mail_relay", _THEIRS, _N, 0, patience=2 * _MINUTE),  # letters that wait because the relay does not take them
    Rule("mail_refused", _THEIRS, _N, 20, bad=False),  # refused for good in an hour
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.name: rule for rule in _TABLE}


@dataclass(frozen=True)
class Reading:
    """What was measured towards a rule: its value in the rule's unit, and codes, counts and ids for the sentence.

    `merchant`: the one that it is about, as an id; empty for more than one or none. `blind`: nothing was there to be
    measured, so it says neither that all is well nor that it is not.
    """

    rule: str
    value: int
    subject: str = ""
    merchant: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    blind: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What an alarm is open for, once."""
        return self.rule, self.subject


@dataclass(frozen=True)
class Found:
    """A reading beyond its limit, and how many different customers it touches."""

    reading: Reading
    bound: int
    customers: int = 0

    @property
    def rule(self) -> Rule:
        """The rule that fired."""
        return RULES[self.reading.rule]

    @property
    def key(self) -> tuple[str, str]:
        """One alarm is open for each."""
        return self.reading.key


Limits = Mapping[tuple[str, str], int]


def limit_of(rule: Rule, subject: str, limits: Limits) -> int:
    """The limit that an operator set for the subject, else for the rule, else the rule's own. Pure."""
    return limits.get((rule.name, subject), limits.get((rule.name, ""), rule.limit))


def found(readings: list[Reading], limits: Limits) -> list[Found]:
    """Whatever is beyond its limit, in the table's order. Pure; customers are not counted yet."""
    places = {name: place for place, name in enumerate(RULES)}
    past = [
        Found(one, bound)
        for one in readings
        if not one.blind and RULES[one.rule].passed(one.value, bound := limit_of(RULES[one.rule], one.subject, limits))
    ]
    return sorted(past, key=lambda one: (places[one.reading.rule], one.reading.subject))
