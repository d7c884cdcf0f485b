"""A customer as the search compares them: name, e-mail, phone and reference in one plain text of the customer's row.

It stands in that row because personal data lives only there. Whoever writes one of the four writes it along, with
`folded`, or calls `refold` afterwards; tests/customers/test_folded.py finds those who forget.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from models.base import require_unit_of_work
from models.customers import Customer

# Letters that Unicode does not take apart, as people write them on a keyboard without them; Arabic and Persian
# letters that are typed one for the other; the stroke that only makes an Arabic word longer.
_ALIKE = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ٱ": "ا",
        "\u0640": "",
    }
)
_LONGEST = 600  # characters: an index of PostgreSQL takes 2,700 bytes a row, and some signs come apart into eighteen
_UNSEEN = {"Mn", "Cf"}  # accents and points; joiners and direction marks
_SPACES = {"Cc", "Zs", "Zl", "Zp"}


def plain(text: str) -> str:
    """The text without case, accents and direction marks, its words one space apart. Pure; the same twice over."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ALIKE)
    return " ".join("".join(_sign(sign) for sign in apart).split())


def _sign(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isprintable() else " "
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    return "" if kind in _UNSEEN else " " if kind in _SPACES else sign


def digits(text: str) -> str:
    """The digits of a phone number, in whatever script it is written."""
    return "".join(sign for sign in plain(text) if sign.isdigit() and sign.isascii())


def folded(*, name: str, email: str = "", phone: str = "", reference: str | None = None) -> str:
    """What the search looks through: each part begins after a space, so that the start of a word can be told."""
    parts = (plain(name), plain(email), digits(phone), plain(reference or ""))
    return "".join(f" {part}" for part in parts if part)[:_LONGEST]


def refold(customers: Iterable[UUID]) -> None:
    """Writes the text of these customers anew, after one of its parts was written. In the caller's unit of work."""
    require_unit_of_work()
    for row in Customer.select().where(Customer.id.in_(list(customers))):
        text = folded(name=row.name, email=row.email, phone=row.phone, reference=row.reference)
        if text != row.folded:
            Customer.update(folded=text).where(Customer.id == row.id).execute()
