"""What the processor or the mail relay has to mend, and what is one merchant's own, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from domain.operations.shapes import AccountLine, Overview, VerdictLine
from domain.operations.spans import span
from domain.operations.whose import Whose
from kit.i18n import _, current_zone, listed, ngettext

_SLOW = 3000  # ms that an answer takes on average
_FEW = 3  # calls: fewer tell nothing
_TENTH = 10  # of the calls without an answer
_ENOUGH = 20  # verdicts in the hour and in the weeks before, so that a share of declines tells something
_MUCH = 200  # of 1000: so much above what is usual, and at least twice that
_NAMED = 3  # merchants in one sentence
_NAMES = {"stripe": "Stripe"}


def theirs(seen: Overview) -> Iterator[VerdictLine]:
    """By processor, since it is one house for all its accounts; then the relay."""
    accounts = sorted(seen.accounts, key=lambda account: account.gateway)
    for gateway, group in groupby(accounts, key=lambda account: account.gateway):
        yield from _gateway(gateway_name(gateway), list(group))
    if seen.mail and seen.mail.last_error.startswith("relay: ") and seen.mail.oldest_due is not None:
        said = {"answer": seen.mail.last_error.removeprefix("relay: ")}
        yield _their("warn", _("Theirs: the mail relay does not take letters: %(answer)s; they wait") % said, "mail")


def gateway_name(gateway: str) -> str:
    """A processor's name as people write it."""
    return _NAMES.get(gateway, gateway)


def one_merchant(seen: Overview) -> Iterator[VerdictLine]:
    """What only a merchant, or whoever sets it up, can mend."""
    refused = [account for account in seen.accounts if account.refused]
    yield from _one(
        "bad", refused, _("One merchant: key refused, %(names)s"), _("%(n)d merchants: key refused, %(names)s")
    )
    if seen.without_account:
        names = {"n": len(seen.without_account), "names": named(seen.without_account)}
        sentence = ngettext(
            "One merchant: no processor account in use, payments wait: %(names)s",
            "%(n)d merchants: no processor account in use, payments wait: %(names)s",
            len(seen.without_account),
        )
        yield VerdictLine(Whose.ONE_MERCHANT, "bad", sentence % names, "/operations/jobs")
    busy = [account for account in seen.accounts if account.busy]
    yield from _one(
        "warn",
        busy,
        _("One merchant: the processor says too many calls, automatic payments go slower: %(names)s"),
        _("%(n)d merchants: the processor says too many calls, automatic payments go slower: %(names)s"),
    )
    for account in seen.accounts:
        if unusual(account):
            said = {
                "name": account.name,
                "share": (account.declined or 0) // 10,
                "usual": (account.declined_before or 0) // 10,
            }
            sentence = _(
                "One merchant: %(share)d %% of %(name)s’s charges are declined, at this hour usually %(usual)d %%"
            )
            yield VerdictLine(Whose.ONE_MERCHANT, "warn", sentence % said, f"/operations?merchant={account.slug}")


def unusual(account: AccountLine) -> bool:
    """Whether far more is declined than at this hour in the last four weeks."""
    lately, before = account.declined, account.declined_before
    if lately is None or before is None or account.verdicts < _ENOUGH or account.verdicts_before < _ENOUGH:
        return False
    return lately >= before + _MUCH and lately >= 2 * before


def slow(account: AccountLine) -> bool:
    """Whether its answers take so long that people wait."""
    return account.calls >= _FEW and (account.mean or 0) >= _SLOW


def _gateway(name: str, accounts: list[AccountLine]) -> Iterator[VerdictLine]:
    calls, silent = sum(one.calls for one in accounts), sum(one.silent for one in accounts)
    if silent >= _FEW and silent * _TENTH >= calls:
        said = {"name": name, "silent": silent, "calls": max(calls, silent)}
        yield _their(
            "bad",
            _("Theirs: %(name)s gave no answer to %(silent)d of %(calls)d calls in 10 minutes; we ask again") % said,
            "money",
        )
    late = [one for one in accounts if slow(one)]
    if late:
        mean = sum((one.mean or 0) * one.calls for one in late) // sum(one.calls for one in late)
        took = span(timedelta(milliseconds=mean))
        since = min((one.slow_since for one in late if one.slow_since), default=None)
        if since is None:
            yield _their("warn", _("Theirs: %(name)s answers in %(span)s, tries wait") % {"name": name, "span": took})
        else:
            said_ = {"name": name, "span": took, "since": _time(since)}
            yield _their("warn", _("Theirs: %(name)s answers in %(span)s since %(since)s, tries wait") % said_)


def _one(tone: str, accounts: list[AccountLine], one: str, many: str) -> Iterator[VerdictLine]:
    names = list(dict.fromkeys(account.name for account in accounts))
    if names:
        slug = f"?merchant={accounts[0].slug}" if len(names) == 1 else ""
        sentence = (one if len(names) == 1 else many) % {"n": len(names), "names": named(names)}
        yield VerdictLine(Whose.ONE_MERCHANT, tone, sentence, f"/operations{slug}")


def named(names: Iterable[str]) -> str:
    """The first three, and how many more."""
    names = list(names)
    more = len(names) - _NAMED
    if more <= 0:
        return listed(names)
    return listed([*names[:_NAMED], ngettext("%(n)d more", "%(n)d more", more) % {"n": more}])


def _time(at: datetime) -> str:
    return at.astimezone(current_zone()).strftime("%H:%M")


def _their(tone: str, sentence: str, page: str = "") -> VerdictLine:
    return VerdictLine(Whose.THEIRS, tone, sentence, f"/operations/{page}" if page else "")
