"""The differences in a person's words, and what to do about each."""

from __future__ import annotations

from domain.reconciliation.differences import Kind
from kit.i18n import _


def said(kind: Kind) -> str:
    """What differs, in a few words."""
    return {
        Kind.CAPTURED_NOT_BOOKED: _("money taken at the processor, not in our books"),
        Kind.BOOKED_NOT_CAPTURED: _("in our books, not taken at the processor"),
        Kind.AMOUNT_DIFFERS: _("another amount at the processor"),
        Kind.STILL_OPEN: _("finished at the processor, still open here"),
        Kind.REFUND_NOT_BOOKED: _("refund at the processor, not in our books"),
        Kind.REFUND_NOT_THERE: _("refund in our books, not at the processor"),
        Kind.REFUND_DIFFERS: _("refund stands otherwise at the processor"),
        Kind.DISPUTE_NOT_BOOKED: _("dispute at the processor, not in our books"),
        Kind.DISPUTE_NOT_THERE: _("dispute in our books, not at the processor"),
        Kind.DISPUTE_DIFFERS: _("dispute stands otherwise at the processor"),
        Kind.UNKNOWN_OBJECT: _("the processor told of something with our mark that we do not know"),
    }[kind]
