"""What a "no" means: whether it may be tried again, and how it is said in plain words.

The codes are dated data with a source in `rules/declines.json`; the words are here, because they are translated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kit.i18n import _

RULES = Path(__file__).parent / "rules"


@lru_cache
def _rules() -> dict[str, Any]:
    return dict(json.loads((RULES / "declines.json").read_text()))


def is_hard(code: str) -> bool:
    """Whether the same method must not be tried again by itself (Stripe's hard codes; Nacha's, but for R01 and R09)."""
    hard = _rules()["hard"]
    return code in hard["stripe"] or code in hard["ach"]


def blocks_account(code: str) -> bool:
    """Whether a bank account is closed to use until it is replaced or verified again."""
    return code in _rules()["blocks_account"]


def group(code: str) -> str:
    """The reason's family: funds, expired, details, lost, confirm, not_allowed, revoked, … or `declined`."""
    return str(_rules()["reasons"].get(code, "declined"))


@dataclass(frozen=True)
class Reason:
    """A decline in words: `short` for a row or tile, `sentence` about `method`, `advice` what the person can do."""

    short: str
    sentence: str
    advice: str


def reason(code: str, *, method: str) -> Reason:
    """The decline in plain words. `method` is the method's label, e.g. "Visa ending 4242"."""
    short, sentence, advice = _words(group(code))
    return Reason(short, sentence % {"method": method}, advice)


def _words(family: str) -> tuple[str, str, str]:
    table = {
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
        "confirm": (
            _("Bank must confirm"),
            _("Your bank wants you to confirm payments with %(method)s yourself."),
            _("Pay here and confirm when your bank asks."),
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
        "bank_trouble": (
            _("Bank had a problem"),
            _("Your bank could not answer for %(method)s."),
            _("Try again in a few minutes, or use another card."),
        ),
    }
    declined = (
        _("Bank said no"),
        _("Your bank declined the payment with %(method)s and gave no reason."),
        _("Use another card, or ask your bank."),
    )
    return table.get(family, declined)
