"""When a failed automatic payment is tried again, and with what. Pure: facts in, a plan out.

Network rules are a ceiling, not a plan: whatever the merchant's policy says, a hard decline ends a method, a network's
wait is kept, and a card that has used up its tries waits until it has one again. docs/decisions/0005-retries.md.
"""

from __future__ import annotations

from domain.recoveries.declines import CONFIRM
from domain.recoveries.rulebook import rules
from domain.recoveries.slots import WHOLE, Slot
from domain.recoveries.terms import Case, Failure, Method, Next, Promised, Rule, Stop, Why, stop
from domain.recoveries.timing import earliest, when
from kit.calendar import banking_day_from


def plan(case: Case) -> Next | Stop:
    """The next automatic try of an obligation, or why there is none."""
    following = _plan(case)
    return _after_the_pause(case, following) if isinstance(following, Next) else following


def _after_the_pause(case: Case, following: Next) -> Next:
    """While the customer's tries are paused, the try is made on the day on which the pause ends: moved, not lost."""
    if case.paused_until is None:
        return following
    bank = any(method.bank for method in case.methods if method.id == following.method)
    at = case.moment(banking_day_from(case.paused_until) if bank else case.paused_until)
    if following.at >= at:
        return following
    rule = following.rule if following.rule is Rule.PROMISE else Rule.PAUSED
    return Next(at, following.method, rule, "The customer's tries are paused until this day.", (Slot(at, WHOLE),), "1")


def _plan(case: Case) -> Next | Stop:
    if case.open == 0:
        return stop(Why.SETTLED)
    if case.promised is not None:
        return _as_promised(case, case.promised)
    if case.open < case.least:
        return stop(Why.TOO_SMALL)
    method = _method(case)
    if isinstance(method, Why):
        return stop(method)
    return when(case, method)


def _as_promised(case: Case, promised: Promised) -> Next | Stop:
    """On the promised day, if the customer wants to be charged then; else everything waits."""
    method = next((each for each in case.methods if each.id == promised.method), None)
    if method is None or promised.tried or case.open < case.least or _barred(case, method) is not None:
        return stop(Why.PROMISE)
    at = case.moment(banking_day_from(promised.day) if method.bank else promised.day)
    if at <= case.now or earliest(case, method) > at:
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
    if barred is None and sum(1 for each in case.on(primary) if each.automatic) < case.policy.backup_after:
        return primary
    for backup in case.methods[1:]:
        if not any(each.automatic for each in case.on(backup)) and _barred(case, backup) is None:
            return backup
    return barred or primary


def _barred(case: Case, method: Method) -> Why | None:
    """Why this method may not be tried (any more), by what happened to it here."""
    if method.barred is not None:
        return method.barred
    mine = case.on(method)
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
