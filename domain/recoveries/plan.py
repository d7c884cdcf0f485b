"""When a failed automatic payment is tried again, and with what. Pure: facts in, a plan out.

Network rules are a ceiling, not a plan: whatever the merchant's policy says, a hard decline ends a method, a network's
wait is kept, and a card that has used up its tries waits until it has one again. docs/decisions/0005-retries.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.merchants.policy import Policy
from domain.recoveries import ceiling
from domain.recoveries.declines import CONFIRM, Verdict
from domain.recoveries.rulebook import rules
from domain.recoveries.slots import WHOLE, Slot, others, payday_near, take, weigh
from kit.calendar import at_local_hour, banking_day_from, local_day

BROKEN_MOST = 3  # so many broken promises on an order end the offer to make one


class Rule(StrEnum):
    """What chose the moment of a try."""

    POLICY = "policy"  # the merchant's spacing
    PAYDAY = "payday"  # moved to a day on which money usually arrives
    BANKING_DAY = "banking_day"  # moved to a day on which banks work
    WAIT = "wait"  # the network asked to wait
    NETWORK = "network"  # the card has no try left before
    BACKUP = "backup"  # another method, with the customer's consent
    PROMISE = "promise"  # the day that the customer named
    OUTAGE = "outage"  # the processor could not be asked


class Why(StrEnum):
    """Why no try is planned."""

    SETTLED = "settled"  # nothing is owed any more
    EXHAUSTED = "exhausted"  # the budget or the window has ended
    METHOD = "method"  # the method cannot be used; armed again by a new one
    CONFIRM = "confirm"  # the bank wants the person
    NETWORK = "network"  # no try is left on the card within the window
    PROMISE = "promise"  # the customer has named a day
    CONSENT = "consent"  # nothing may be charged unattended
    AMOUNT = "amount"  # a returned debit is presented again only as it was
    TOO_SMALL = "too_small"  # carried to the next payment
    AHEAD = "ahead"  # the order's first automatic try is still to come
    REFUSED = "refused"  # the processor refuses to be asked


@dataclass(frozen=True)
class Failure:
    """One "no" on this obligation. `automatic`: the clock's try, first or later; else somebody's own."""

    at: datetime
    method: UUID
    verdict: Verdict
    amount: int
    automatic: bool
    superseded: bool = False  # the method has worked, or was added again, since


@dataclass(frozen=True)
class Method:
    """A method that may come into question. `barred`: why it may not be charged unattended now, if it may not.

    `declines` are the card's at this processor account, over all of the customer's obligations.
    """

    id: UUID
    brand: str
    bank: bool
    barred: Why | None = None
    declines: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Promised:
    """An open promise: the day, what is charged then if the customer wants that, and whether it was tried already."""

    day: date
    method: UUID | None = None
    tried: bool = False


@dataclass(frozen=True)
class Case:
    """All that a plan depends on. `methods`: the primary first, then the backups by rank. Amounts in minor units."""

    opened_at: datetime
    failures: tuple[Failure, ...]  # the oldest first
    methods: tuple[Method, ...]
    open: int
    least: int  # the processor's minimum
    policy: Policy
    zone: str
    hour: int
    now: datetime
    promised: Promised | None = None
    draw: int = 0

    @property
    def made(self) -> int:
        """Automatic tries after the first failure: what the merchant's budget counts."""
        automatic = sum(failure.automatic for failure in self.failures)
        return max(0, automatic - (1 if self.failures and self.failures[0].automatic else 0))

    @property
    def first_day(self) -> date:
        """The local day on which it failed first."""
        return local_day(self.opened_at, self.zone)

    @property
    def last_day(self) -> date:
        """The last local day of the window."""
        return self.first_day + timedelta(days=self.policy.window_days)

    def moment(self, day: date) -> datetime:
        """The hour of tries on a local day."""
        return at_local_hour(day, self.hour, self.zone)


@dataclass(frozen=True)
class Next:
    """Try again at `at` with `method`. `slots`: what it was chosen from; `reason` says why then, in English."""

    at: datetime
    method: UUID
    rule: Rule
    reason: str
    slots: tuple[Slot, ...]
    probability: str


@dataclass(frozen=True)
class Stop:
    """No further automatic try, and why, in English."""

    why: Why
    reason: str


_REASONS = {
    Why.SETTLED: "Nothing is owed any more.",
    Why.EXHAUSTED: "All tries that the policy allows were made.",
    Why.METHOD: "This method is not tried again by itself; a new one arms it again.",
    Why.CONFIRM: "The bank wants the customer to confirm; a link was sent.",
    Why.NETWORK: "The card network allows no further try on this card within the window.",
    Why.PROMISE: "The customer has promised to pay.",
    Why.CONSENT: "No consent covers another try with this method.",
    Why.AMOUNT: "Part of it is paid: a returned debit is presented again only over the same amount.",
    Why.TOO_SMALL: "The rest is below the processor's minimum and is carried to the next payment.",
    Why.AHEAD: "The order's own automatic payment is still ahead.",
    Why.REFUSED: "The payment processor refuses to be asked for this payment.",
}


def stop(why: Why) -> Stop:
    """A stop with its sentence."""
    return Stop(why, _REASONS[why])


def plan(case: Case) -> Next | Stop:
    """The next automatic try of an obligation, or why there is none."""
    if case.open == 0:
        return stop(Why.SETTLED)
    if case.promised is not None:
        return _as_promised(case, case.promised)
    if case.open < case.least:
        return stop(Why.TOO_SMALL)
    method = _method(case)
    if isinstance(method, Why):
        return stop(method)
    return _when(case, method)


def _as_promised(case: Case, promised: Promised) -> Next | Stop:
    """On the promised day, if the customer wants to be charged then; else everything waits."""
    method = next((each for each in case.methods if each.id == promised.method), None)
    if method is None or promised.tried or case.open < case.least or _barred(case, method) is not None:
        return stop(Why.PROMISE)
    at = case.moment(banking_day_from(promised.day) if method.bank else promised.day)
    if at <= case.now or _earliest(case, method) > at:
        return stop(Why.PROMISE)
    return Next(at, method.id, Rule.PROMISE, "The customer asked to be charged on this day.", (Slot(at, WHOLE),), "1")


def _method(case: Case) -> Method | Why:
    """The primary; a backup once the primary is out, or has failed as often as the policy says. Each backup once."""
    if not case.methods:
        return Why.CONSENT
    primary = case.methods[0]
    barred = _barred(case, primary)
    if barred is Why.CONFIRM:
        return barred
    if barred is None and sum(1 for each in _on(case, primary) if each.automatic) < case.policy.backup_after:
        return primary
    for backup in case.methods[1:]:
        if not any(each.automatic for each in _on(case, backup)) and _barred(case, backup) is None:
            return backup
    return barred or primary


def _on(case: Case, method: Method) -> list[Failure]:
    return [failure for failure in case.failures if failure.method == method.id]


def _barred(case: Case, method: Method) -> Why | None:
    """Why this method may not be tried (any more), by what happened to it here."""
    if method.barred is not None:
        return method.barred
    mine = _on(case, method)
    hard = [failure.verdict for failure in mine if failure.verdict.hard and not failure.superseded]
    if hard:
        return Why.CONFIRM if hard[-1].reason == CONFIRM else Why.METHOD
    return _not_presentable(case, mine) if method.bank and mine else None


def _not_presentable(case: Case, entries: list[Failure]) -> Why | None:
    """Nacha: only R01 and R09, twice at most (a failure at once counts too), over the same amount."""
    again = rules("nacha").represent
    assert again is not None
    if not all(_may_come_again(entry) for entry in entries):
        return Why.METHOD
    if len(entries) > min(again.times, case.policy.bank_tries):
        return Why.EXHAUSTED
    return Why.AMOUNT if again.same_amount and case.open != entries[-1].amount else None


def _may_come_again(entry: Failure) -> bool:
    known = rules("nacha").rule(entry.verdict.code, entry.at.date())
    return known is not None and not entry.verdict.hard


def _earliest(case: Case, method: Method) -> datetime:
    """Not before now, what the network asked to wait for, and the moment at which the card has a try left."""
    return max(case.now, _waited(case, method), _free(case, method))


def _waited(case: Case, method: Method) -> datetime:
    asked = [each.at + each.verdict.wait for each in _on(case, method) if each.verdict.wait]
    return max(asked, default=case.now)


def _free(case: Case, method: Method) -> datetime:
    return ceiling.free_from(method.declines, brand=method.brand, after=case.now)


def _when(case: Case, method: Method) -> Next | Stop:
    """The first of the policy's days that everything allows; else the first moment at which the network does."""
    earliest = _earliest(case, method)
    days = [case.first_day + timedelta(days=each) for each in case.policy.spacing[: case.policy.tries]]
    pushed = False
    for n, day in enumerate(days[case.made :], start=case.made + 1):
        moved, rule = _moved(case, method, day)
        at = case.moment(moved)
        if at <= case.now or not _within(case, method, moved):
            continue
        if at < earliest:
            pushed = True
            continue
        until = next((later for later in days if later > moved), case.last_day + timedelta(days=1))
        label = _pushed_by(case, method) if pushed else rule
        reason = f"Try {case.made + 1} of {len(days)}: {_told(label, n, day)}"
        return _chosen(case, method, moved, until=until, rule=label, reason=reason)
    if pushed:
        return _once_free(case, method, earliest)
    return stop(Why.EXHAUSTED)


def _moved(case: Case, method: Method, day: date) -> tuple[date, Rule]:
    rule = Rule.POLICY
    if case.failures and case.failures[-1].verdict.reason == "funds":
        payday = payday_near(day)
        if payday is not None and payday <= case.last_day:
            day, rule = payday, Rule.PAYDAY
    if method.bank and banking_day_from(day) != day:
        day, rule = banking_day_from(day), Rule.BANKING_DAY
    return day, rule


def _within(case: Case, method: Method, day: date) -> bool:
    """Inside the merchant's window, and for a returned debit inside Nacha's."""
    if day > case.last_day:
        return False
    again, entries = rules("nacha").represent, _on(case, method)
    if not method.bank or not entries or again is None:
        return True
    return case.moment(day) <= entries[0].at + again.within


def _once_free(case: Case, method: Method, earliest: datetime) -> Next | Stop:
    day = local_day(earliest, case.zone)
    day = day if case.moment(day) >= earliest else day + timedelta(days=1)
    day = banking_day_from(day) if method.bank else day
    if not _within(case, method, day):
        return stop(Why.NETWORK)
    label = _pushed_by(case, method)
    at = case.moment(day)
    return Next(at, method.id, label, _told(label, 0, day), (Slot(at, WHOLE),), "1")


def _pushed_by(case: Case, method: Method) -> Rule:
    return Rule.NETWORK if _free(case, method) >= _waited(case, method) else Rule.WAIT


def _chosen(case: Case, method: Method, day: date, *, until: date, rule: Rule, reason: str) -> Next:
    earliest = _earliest(case, method)
    near = others(day, min(until, case.last_day + timedelta(days=1)), hour=case.hour, zone=case.zone, bank=method.bank)
    allowed = [at for at in near if at > case.now and at >= earliest and _allowed(case, method, at)]
    slots = weigh(case.moment(day), allowed, case.policy.explore_percent)
    slot = take(slots, case.draw)
    label = Rule.BACKUP if method != case.methods[0] else rule
    if label is Rule.BACKUP:
        reason += " With the customer's backup."
    return Next(slot.at, method.id, label, reason, slots, slot.probability)


def _allowed(case: Case, method: Method, at: datetime) -> bool:
    return _within(case, method, local_day(at, case.zone))


def _told(rule: Rule, n: int, day: date) -> str:
    match rule:
        case Rule.PAYDAY:
            return f"the policy's day {n} is {day.isoformat()}, a payday or just before one."
        case Rule.BANKING_DAY:
            return f"the policy's day {n} is {day.isoformat()}; banks work on the next banking day."
        case Rule.NETWORK:
            return "The card was declined so often that its network allows a try only from then on."
        case Rule.WAIT:
            return "The card network asked to wait that long."
        case _:
            return f"the policy's day {n} is {day.isoformat()}."
