"""What the console's pages ask of the viewer first: whose house it is, and which page of a list is meant."""

from __future__ import annotations

from domain.accounts.viewer import MerchantFacts, Viewer
from kit.errors import NotFound
from kit.i18n import _

_DIGITS = 6


def house_of(viewer: Viewer) -> MerchantFacts:
    """The merchant whose console this is. Raises NotFound for a viewer without one."""
    if viewer.merchant is None:
        raise NotFound(_("This page is not there."))
    return viewer.merchant


def number_in(text: str) -> int:
    """The page of a list as an address claims it; 1 for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 1
