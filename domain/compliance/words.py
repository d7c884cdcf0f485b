"""Groups of returns and what a brake stops, in the reader's language."""

from __future__ import annotations

from domain.compliance.terms import Group
from kit.i18n import _


def group_words(group: Group) -> str:
    """What a group of returns is called."""
    return {
        Group.UNAUTHORIZED: _("Not authorised by the customer"),
        Group.ADMINISTRATIVE: _("Account closed, unknown or wrong"),
        Group.ALL: _("All returns"),
    }[group]


def group_meaning(group: Group) -> str:
    """What counts in it, in a sentence."""
    return {
        Group.UNAUTHORIZED: _("The customer or their bank says that the debit was not authorised."),
        Group.ADMINISTRATIVE: _("The bank account was closed, does not exist, or its number is wrong."),
        Group.ALL: _("Every debit that came back, insufficient funds included."),
    }[group]
