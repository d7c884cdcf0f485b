"""What speaks for two records being one person. Pure.

A sign is worth points; together at most 100. Names are compared word by word, in whatever order (rapidfuzz's
token_sort_ratio): "Morgan, Alex" is "Alex Morgan", and one wrong letter does not hide a person. People of different
names who share a card, a phone, a mailbox or an address may be a household: they are offered as *maybe*, however much
they share (cases.md 75).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from rapidfuzz import fuzz

LIKELY, MAYBE = 70, 45
_ALIKE, _CLOSE, _OTHER = 97, 86, 60  # of 100, as rapidfuzz reckons
_WORD = re.compile(r"\w+")


class Sign(StrEnum):
    """One thing that two records have in common."""

    EMAIL = "email"
    CARD = "card"
    NAME = "name"
    NAME_CLOSE = "name_close"
    PHONE = "phone"
    ADDRESS = "address"
    MAILBOX_CLOSE = "mailbox_close"  # the same name before the @, or all but a letter of it


_POINTS = {
    Sign.EMAIL: 50,
    Sign.CARD: 50,
    Sign.NAME: 40,
    Sign.NAME_CLOSE: 30,
    Sign.PHONE: 35,
    Sign.ADDRESS: 45,
    Sign.MAILBOX_CLOSE: 20,
}


@dataclass(frozen=True)
class Person:
    """One record as it is compared: everything folded (domain.customers.folded), phones as digits."""

    id: UUID
    name: str
    email: str
    phone: str
    addresses: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """The words of the name in order of the alphabet."""
        return " ".join(sorted(_WORD.findall(self.name)))

    @property
    def mailbox(self) -> str:
        """What stands before the @, without what follows a plus, and without dots."""
        return self.email.partition("@")[0].partition("+")[0].replace(".", "")


@dataclass(frozen=True)
class Evidence:
    """The signs and their points; `household` when the names are too different for one person."""

    signs: tuple[Sign, ...]
    score: int
    household: bool

    @property
    def likely(self) -> bool:
        """Whether this is rather one person than not."""
        return self.score >= LIKELY


def evidence(one: Person, other: Person) -> Evidence | None:
    """What the two have in common, or None when that is too little to ask anybody about."""
    alike = fuzz.token_sort_ratio(one.words, other.words)
    signs = [sign for sign, found in _shared(one, other).items() if found]
    if alike >= _ALIKE:
        signs.append(Sign.NAME)
    elif alike >= _CLOSE:
        signs.append(Sign.NAME_CLOSE)
    household = alike < _OTHER
    score = min(sum(_POINTS[sign] for sign in signs), LIKELY - 1 if household else 100)
    return Evidence(tuple(signs), score, household) if score >= MAYBE else None


def _shared(one: Person, other: Person) -> dict[Sign, bool]:
    same_mailbox = bool(one.email) and one.email == other.email
    close = bool(one.mailbox and other.mailbox) and fuzz.ratio(one.mailbox, other.mailbox) >= _CLOSE
    return {
        Sign.EMAIL: same_mailbox,
        Sign.CARD: bool(one.cards & other.cards),
        Sign.PHONE: bool(one.phone) and one.phone == other.phone,
        Sign.ADDRESS: bool(one.addresses & other.addresses),
        Sign.MAILBOX_CLOSE: close and not same_mailbox,
    }


def keys(person: Person) -> set[str]:
    """The heaps that a person is sorted into: only those who meet in one are compared, not everybody with everybody."""
    made = {f"card {card}" for card in person.cards} | {f"address {address}" for address in person.addresses}
    if person.email:
        made.add(f"mail {person.email}")
    if len(person.mailbox) > 4:
        made.add(f"box {person.mailbox}")
    if person.phone:
        made.add(f"phone {person.phone}")
    words = person.words.split()
    if len(words) > 1:
        made.add(f"name {words[0][:3]} {words[-1][:3]}")
        made |= {f"word {word}" for word in words if len(word) > 5}
    return made
