"""What people type, kept as they wrote it: emoji and every script stay, only what cannot stand in a line goes."""

from __future__ import annotations

import unicodedata

from kit.errors import DomainError
from kit.i18n import _
from models.customers import Customer

_LONGEST_NAME: int = Customer.name.max_length
# Cc and the separators break lines; the embedding and override marks turn the text after them around. The joiners of
# emoji and the plain direction marks stay: without them a name is written wrongly.
_BREAKS = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """The text on one line, with single spaces."""
    return " ".join("".join(" " if _is_out_of_place(sign) else sign for sign in text).split())


def _is_out_of_place(sign: str) -> bool:
    return sign in _TURNS or unicodedata.category(sign) in _BREAKS


def some_lines(text: str) -> str:
    """The text line by line, without empty ones."""
    return "\n".join(filter(None, map(one_line, text.splitlines())))


def name(text: str, *, field: str) -> str:
    """A person's name. Raises DomainError at that field when there is none, or it is longer than a name can be."""
    plain = one_line(text)
    if not plain:
        raise DomainError(_("Write the name, as it should stand on receipts."), field=field)
    if len(plain) > _LONGEST_NAME:
        raise DomainError(_("Use at most %(n)d characters for the name.") % {"n": _LONGEST_NAME}, field=field)
    return plain
