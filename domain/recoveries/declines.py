"""What a "no" means: whether it may be tried again and when, and how it is said in plain words.

The codes are dated data with a source in `rules/*.json`; the words are here, because they are translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.recoveries.rulebook import Again, Rule, rules
from kit.i18n import _
from models.payments import Attempt

CONFIRM = "confirm"
_RETURN_CODE = re.compile(r"^R\d\d$")


@dataclass(frozen=True)
class Verdict:
    """What the rules say about a decline. `hard`: this method is not tried again by itself.

    `code` is the decline as it is kept and told: the processor's, or a better one where the network said more.
    """

    code: str
    hard: bool
    reason: str  # its family: funds, expired, details, lost, confirm, …
    wait: timedelta | None = None  # not before so long after the decline
    blocks_account: bool = False  # a bank account that is closed to use until replaced or verified again
    voids_mandate: bool = False  # the authorisation itself has ended
    source: str = ""  # rule file and source

    @property
    def ends_method(self) -> bool:
        """Whether the method itself is the trouble, so that it is marked. A wish to confirm is none."""
        return self.hard and self.reason != CONFIRM


def verdict(
    decline_code: str,
    *,
    on: date,
    network_code: str | None = None,
    advice: str | None = None,
    brand: str = "",
) -> Verdict:
    """What a decline means on that day: the strictest of the processor's, the network's and Nacha's rules for it."""
    if is_return(decline_code):
        return _returned(decline_code, on)
    own = rules("stripe").rule(decline_code, on)
    reason = own.reason if own else "declined"
    network = _by_network(brand, network_code, advice, on)
    code = decline_code
    if network is not None:
        book, rule = network
        if rule.code_as and (reason == "declined" or book == "mastercard"):
            code = rule.code_as
            reason = group(code)
        if rule.again is not Again.LATER:
            return Verdict(code, hard=True, reason=reason, source=f"{book}:{rule.source}")
        if own is None or own.again is Again.LATER:
            return Verdict(code, hard=False, reason=reason, wait=rule.wait, source=f"{book}:{rule.source}")
    hard = own is not None and own.again is not Again.LATER
    return Verdict(code, hard=hard, reason=reason, source=f"stripe:{own.source}" if own else "")


def verdict_on(attempt: Attempt) -> Verdict:
    """What the decline of an attempt meant on the day it was given."""
    return verdict(
        attempt.decline_code or "generic_decline",
        network_code=attempt.network_code,
        advice=attempt.advice,
        brand=attempt.method.brand,
        on=(attempt.closed_at or attempt.state_since).date(),
    )


def _by_network(brand: str, network_code: str | None, advice: str | None, on: date) -> tuple[str, Rule] | None:
    """The card network's rule: Mastercard speaks by its advice code, Visa by its response code."""
    if brand == "mastercard":
        rule = rules("mastercard").advised(advice, on)
    elif brand == "visa":
        rule = rules("visa").rule(network_code, on)
    else:
        rule = None
    return (brand, rule) if rule is not None else None


def _returned(code: str, on: date) -> Verdict:
    """A bank debit's return code. One that we do not know is not presented again, and Stripe blocks the account."""
    rule = rules("nacha").rule(code, on)
    if rule is None:
        return Verdict(code, hard=True, reason="account_closed", blocks_account=True, source="nacha:blocked")
    return Verdict(
        code,
        hard=rule.again is not Again.LATER,
        reason=rule.reason,
        blocks_account=rule.blocks_account,
        voids_mandate=rule.voids_mandate,
        source=f"nacha:{rule.source}",
    )


def is_return(code: str) -> bool:
    """Whether this is Nacha's code of a returned bank debit."""
    return bool(_RETURN_CODE.match(code))


def blocks_account(code: str) -> bool:
    """Whether a bank account is closed to use until it is replaced or verified again (cases.md 46)."""
    return is_return(code) and verdict(code, on=date.max).blocks_account


def group(code: str) -> str:
    """The reason's family: funds, expired, details, lost, confirm, not_allowed, revoked, … or `declined`."""
    rule = rules("nacha" if is_return(code) else "stripe").rule(code, date.max)
    return rule.reason if rule else "account_closed" if is_return(code) else "declined"


class Action(StrEnum):
    """What helps the person most after a "no": the one filled button of the page that tells it."""

    TRY_AGAIN = "try_again"  # the same method, once there is money on it or the bank is well again
    CONFIRM = "confirm"  # the same method, confirmed at the bank
    ANOTHER = "another"  # this method will not do
    CALL_BANK = "call_bank"  # only the bank knows why: another card, or the same one after a call


_ACTIONS = {
    "funds": Action.TRY_AGAIN,
    "limit": Action.TRY_AGAIN,
    "bank_trouble": Action.TRY_AGAIN,
    "confirm": Action.CONFIRM,
    "declined": Action.CALL_BANK,
}


@dataclass(frozen=True)
class Reason:
    """A decline in words: `short` for a row or tile, `sentence` about `method`, `advice` what the person can do."""

    short: str
    sentence: str
    advice: str
    action: Action


def reason(code: str, *, method: str) -> Reason:
    """The decline in plain words. `method` is the method's label, e.g. "Visa ending 4242"."""
    short, sentence, advice = _words(group(code))
    return Reason(short, sentence % {"method": method}, advice, action(code))


def family_name(family: str) -> str:
    """A family of declines in a few words; one that we do not know is a bank's no without a reason."""
    return _words(family)[0]


def action(code: str) -> Action:
    """What the person does about it. A bank account that came back for want of money is asked again by hand as well."""
    return _ACTIONS.get(group(code), Action.ANOTHER)


def _words(family: str) -> tuple[str, str, str]:
    declined = (
        _("Bank said no"),
        _("Your bank declined the payment with %(method)s and gave no reason."),
        _("Use another card, or ask your bank."),
    )
    return (_may_pass() | _will_not_pass()).get(family, declined)


def _may_pass() -> dict[str, tuple[str, str, str]]:
    return {
        "funds": (
            _("Not enough money"),
            _("Your bank said there was not enough money on %(method)s."),
            _("Top up the account and try again, or use another card."),
        ),
        "limit": (
            _("Over the card's limit"),
            _("%(method)s has reached a limit that your bank sets."),
            _("Try again tomorrow, or use another card."),
        ),
        "confirm": (
            _("Bank must confirm"),
            _("Your bank wants you to confirm payments with %(method)s yourself."),
            _("Pay here and confirm when your bank asks."),
        ),
        "bank_trouble": (
            _("Bank had a problem"),
            _("Your bank could not answer for %(method)s."),
            _("Try again in a few minutes, or use another card."),
        ),
    }


def _will_not_pass() -> dict[str, tuple[str, str, str]]:
    return {
        "expired": (_("Card expired"), _("%(method)s has expired."), _("Use another card, or add the new one.")),
        "details": (
            _("Card details not right"),
            _("Your bank said the details of %(method)s are not right."),
            _("Add the card again, or use another one."),
        ),
        "lost": (
            _("Card reported lost"),
            _("Your bank does not accept %(method)s any more."),
            _("Use another card, and ask your bank if this surprises you."),
        ),
        "not_allowed": (
            _("Card not accepted for this"),
            _("Your bank does not allow this kind of payment with %(method)s."),
            _("Use another card, or ask your bank."),
        ),
        "revoked": (
            _("Payment stopped"),
            _("Your bank was told to stop payments like this from %(method)s."),
            _("Use another card or bank account."),
        ),
        "account_closed": (
            _("Account not usable"),
            _("Your bank said that %(method)s cannot be used."),
            _("Use another card or bank account."),
        ),
        "new_details": (
            _("Card was replaced"),
            _("Your bank said that %(method)s has been replaced by a new card."),
            _("Add the new card, or use another one."),
        ),
        "prepaid": (
            _("Card cannot be charged again"),
            _("%(method)s is a prepaid or single-use card: it cannot be charged regularly."),
            _("Use a card that can be charged every time."),
        ),
    }
