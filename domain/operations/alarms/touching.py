"""Who is touched by an alarm, and what is lost: the sentences that every alarm carries."""

from __future__ import annotations

from domain.operations.alarms.rules import Rule
from kit.i18n import _, ngettext

_LETTERS = frozenset({"confirmation_mail_late", "mail_late", "mail_relay"})
_BOOKS = frozenset({"invariant_broken", "difference_open"})
_HELD = frozenset({"review", "unknown_long"})
_LOST_FOR_GOOD = frozenset({"mail_refused"})


def touching(rule: Rule, customers: int) -> tuple[str, str]:
    """How many customers, and that nothing is lost (or what is)."""
    return _customers(rule, customers), _lost(rule)


def _customers(rule: Rule, n: int) -> str:
    if not n:
        return _("No customer is known to wait for it.")
    if rule.name in _LETTERS:
        said = ngettext("%(n)d person waits for mail.", "%(n)d people wait for mail.", n)
    elif rule.name == "failed_bug":
        said = ngettext("%(n)d customer’s payment was not made.", "The payments of %(n)d customers were not made.", n)
    else:
        said = ngettext("%(n)d customer is touched.", "%(n)d customers are touched.", n)
    return said % {"n": n}


def _lost(rule: Rule) -> str:
    if rule.name in _LOST_FOR_GOOD:
        return _("No money is touched, but these letters do not arrive.")
    if rule.name in _BOOKS:
        return _("Money may be booked wrongly: nothing is charged because of it.")
    if rule.name in _HELD:
        return _("Its orders are held, so nobody is charged twice meanwhile.")
    if rule.name == "failed_bug":
        return _("No money moved.")
    return _("Nothing is lost: every row stays in the store until it is done.")
