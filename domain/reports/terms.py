"""A decline as a merchant reads it: the term that banks and processors use, and what it means."""

from __future__ import annotations

from dataclasses import dataclass

from domain.recoveries.declines import group, reason
from kit.i18n import _


@dataclass(frozen=True)
class Term:
    """One decline: the processor's or bank's code, its family, a short name, what it means for the merchant."""

    code: str
    family: str
    short: str
    meaning: str


def term(code: str) -> Term:
    """The code in the merchant's words. A code that we do not know reads as a bank's no without a reason."""
    family = group(code)
    return Term(code, family, reason(code, method="").short, family_meaning(family))


def family_meaning(family: str) -> str:
    """What a family of declines means for the merchant."""
    return _meanings().get(family, _unknown())


def _unknown() -> str:
    return _("The customer's bank declined and gave no reason. It may agree on another day.")


def _meanings() -> dict[str, str]:
    return {
        "funds": _("The account had too little money that day. It often works a few days later."),
        "limit": _("The card has reached a limit that its bank sets. It often works a day or two later."),
        "expired": _("The card is past its date. Only another card helps."),
        "details": _("Number, date or code do not fit the card any more. The customer has to add it again."),
        "lost": _("The card is reported lost or stolen and is not tried again. Only another card helps."),
        "confirm": _("The bank wants the customer to confirm in person. A link for it was sent."),
        "not_allowed": _("The bank does not allow this kind of payment with this card. Only another one helps."),
        "revoked": _("The customer told the bank to stop these payments. Ask before anything else is tried."),
        "account_closed": _("The bank account is closed, blocked or not found. Only another account or card helps."),
        "new_details": _("The bank has replaced this card. The customer has to add the new one."),
        "prepaid": _("A prepaid or single-use card: there is nothing to come back to. Only another card helps."),
        "bank_trouble": _("The bank could not answer. It usually works on the next try."),
    }
