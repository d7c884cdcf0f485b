"""When a method is tried again: the policy's days, moved to paydays and banking days, not before a network lets us."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.recoveries import ceiling
from domain.recoveries.rulebook import rules
from domain.recoveries.slots import WHOLE, Slot, others, payday_near, take, weigh
from domain.recoveries.terms import Case, Method, Next, Rule, Stop, Why, stop
from kit.calendar import banking_day_from, local_day


def earliest(case: Case, method: Method) -> datetime:
    """Not before now, what the network asked to wait for, and the moment at which the card has a try left."""
    return max(case.now, _waited(case, method), _free(case, method))


def _waited(case: Case, method: Method) -> datetime:
    asked = [each.at + each.verdict.wait for each in case.on(method) if each.verdict.wait]
    return max(asked, default=case.now)


def _free(case: Case, method: Method) -> datetime:
    return ceiling.free_from(method.declines, brand=method.brand, after=case.now)


def when(case: Case, method: Method) -> Next | Stop:
    """The first of the policy's days that everything allows; else the first moment at which the network does."""
    not_before = earliest(case, method)
    days = [case.first_day + timedelta(days=each) for each in case.policy.spacing[: case.policy.tries]]
    pushed = False
    for n, day in enumerate(days[case.made :], start=case.made + 1):
        moved, rule = _moved(case, method, day)
        at = case.moment(moved)
        if at <= case.now or not _within(case, method, moved):
            continue
        if at < not_before:
            pushed = True
            continue
        until = next((later for later in days if later > moved), case.last_day + timedelta(days=1))
        label = _pushed_by(case, method) if pushed else rule
        reason = f"Try {case.made + 1} of {len(days)}: {_told(label, n, day)}"
        return _chosen(case, method, moved, until=until, rule=label, reason=reason)
    if pushed:
        return _once_free(case, method, not_before)
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
    again, entries = rules("nacha").represent, case.on(method)
    if not method.bank or not entries or again is None:
        return True
    return case.moment(day) <= entries[0].at + again.within


def _once_free(case: Case, method: Method, not_before: datetime) -> Next | Stop:
    day = local_day(not_before, case.zone)
    day = day if case.moment(day) >= not_before else day + timedelta(days=1)
    day = banking_day_from(day) if method.bank else day
    if not _within(case, method, day):
        return stop(Why.NETWORK)
    label = _pushed_by(case, method)
    at = case.moment(day)
    return Next(at, method.id, label, _told(label, 0, day), (Slot(at, WHOLE),), "1")


def _pushed_by(case: Case, method: Method) -> Rule:
    return Rule.NETWORK if _free(case, method) >= _waited(case, method) else Rule.WAIT


def _chosen(case: Case, method: Method, day: date, *, until: date, rule: Rule, reason: str) -> Next:
    not_before = earliest(case, method)
    near = others(day, min(until, case.last_day + timedelta(days=1)), hour=case.hour, zone=case.zone, bank=method.bank)
    allowed = [at for at in near if at > case.now and at >= not_before and _allowed(case, method, at)]
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
