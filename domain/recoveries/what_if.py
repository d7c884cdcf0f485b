"""What another retry policy would have planned for failures that are known, beside what was tried. Pure.

It claims no result: nobody can know what a bank would have said to a try that was not made. So each try that would have
been planned is taken to be answered as the latest real try before it was, and a failure that was settled, or for which
the customer promised a day, needs no try after that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.merchants.policy import Policy
from domain.recoveries import slots
from domain.recoveries.declines import Verdict
from domain.recoveries.plan import plan
from domain.recoveries.terms import Case, Failure, Method, Next, Rule, Stop, Why
from kit.calendar import local_day

_SAME = timedelta(hours=1)  # a try and its answer lie so close together
_BANK_TAKES = timedelta(days=3)  # until a debit that was presented again is known to have come back
_MOST = 40  # far above what any policy allows


@dataclass(frozen=True)
class Past:
    """A failed automatic payment as it went."""

    slug: str
    number: str  # of the order
    opened_at: datetime
    ended_at: datetime | None  # when no further try was needed: settled, or promised
    failures: tuple[Failure, ...]  # real ones on this obligation, the oldest first; the first opened the case
    methods: tuple[Method, ...]  # with the declines that came from elsewhere
    open: int
    least: int
    zone: str
    hour: int  # the merchant's hour of automatic payments
    made: tuple[datetime, ...]  # automatic tries after the first failure


@dataclass(frozen=True)
class Beside:
    """One line of the comparison: how many tries were made, and how many would have been planned."""

    n: int
    made: int
    planned: int


@dataclass(frozen=True)
class Limited:
    """What stood above the policy: how many tries were put off, how many failures had no try left."""

    network: str  # "visa", "mastercard", …; "nacha" for bank debits
    put_off: int
    cut: int


@dataclass(frozen=True)
class WhatIf:
    """The comparison over all failures."""

    failures: int
    made: int
    planned: int
    by_number: tuple[Beside, ...]  # by the number of the try
    by_day: tuple[Beside, ...]  # by days after the first failure; days without any are left out
    limits: tuple[Limited, ...]


def what_if(past: Sequence[Past], policy: Policy, *, until: datetime) -> WhatIf:
    """What `policy` would have planned until that moment, beside what was made until then."""
    numbers: tuple[Counter[int], Counter[int]] = Counter(), Counter()
    days: tuple[Counter[int], Counter[int]] = Counter(), Counter()
    put_off: Counter[str] = Counter()
    cut: Counter[str] = Counter()
    for one in past:
        tries, ended = would_be(one, policy, until=until)
        for side, moments in enumerate((_made(one, until), [each.at for each in tries])):
            numbers[side].update(range(1, len(moments) + 1))
            days[side].update(_days_after(one, moments))
        put_off.update(_network(one, each) for each in tries if each.rule in (Rule.NETWORK, Rule.WAIT))
        if ended is not None and ended.why is Why.NETWORK:
            cut[_name(one.methods[0])] += 1
    return WhatIf(
        failures=len(past),
        made=numbers[0].total(),
        planned=numbers[1].total(),
        by_number=_beside(*numbers),
        by_day=_beside(*days),
        limits=tuple(Limited(name, put_off[name], cut[name]) for name in sorted({*put_off, *cut})),
    )


def would_be(one: Past, policy: Policy, *, until: datetime) -> tuple[list[Next], Stop | None]:
    """The tries that the policy would have planned for a failure, and why they would have stopped, if they would."""
    failures, tries = [one.failures[0]], list[Next]()
    ends = until if one.ended_at is None else min(one.ended_at, until)
    while len(tries) < _MOST:
        following = plan(_case(one, policy, failures, len(tries) + 1))
        if isinstance(following, Stop):
            return tries, following
        if following.at > ends:
            break
        tries.append(following)
        failures.append(_answered(one, following))
    return tries, None


def _case(one: Past, policy: Policy, failures: list[Failure], number: int) -> Case:
    return Case(
        opened_at=one.opened_at,
        failures=tuple(failures),
        methods=tuple(_with_declines(method, failures) for method in one.methods),
        open=one.open,
        least=one.least,
        policy=policy,
        zone=one.zone,
        hour=one.hour if policy.hour is None else policy.hour,
        now=failures[-1].at,
        draw=slots.draw(one.slug, one.number, number),
    )


def _with_declines(method: Method, failures: Iterable[Failure]) -> Method:
    mine = (failure.at for failure in failures if failure.method == method.id)
    return replace(method, declines=(*method.declines, *mine))


def _answered(one: Past, following: Next) -> Failure:
    method = next(each for each in one.methods if each.id == following.method)
    at = following.at + (_BANK_TAKES if method.bank else timedelta(0))
    return Failure(at, method.id, _verdict(one, method, at), one.failures[0].amount, automatic=True)


def _verdict(one: Past, method: Method, at: datetime) -> Verdict:
    real = [each for each in one.failures if each.method == method.id and each.at <= at + _SAME]
    return (real or [one.failures[0]])[-1].verdict


def _made(one: Past, until: datetime) -> list[datetime]:
    ends = until if one.ended_at is None else min(one.ended_at, until)
    return [at for at in one.made if at <= ends]


def _days_after(one: Past, moments: Iterable[datetime]) -> list[int]:
    first = local_day(one.opened_at, one.zone)
    return [(local_day(at, one.zone) - first).days for at in moments]


def _network(one: Past, following: Next) -> str:
    return _name(next(each for each in one.methods if each.id == following.method))


def _name(method: Method) -> str:
    return "nacha" if method.bank else method.brand


def _beside(made: Counter[int], planned: Counter[int]) -> tuple[Beside, ...]:
    return tuple(Beside(n, made[n], planned[n]) for n in sorted({*made, *planned}))
