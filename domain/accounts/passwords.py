"""Passwords: long, not common, not made of what everybody knows about the person; kept as argon2id.

Sources: NIST SP 800-63B-4 (length, blocklist, no composition rules), OWASP Password Storage (argon2id, 19 MiB, t=2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.errors import DomainError
from kit.i18n import _

CUSTOMER_MINIMUM, STAFF_MINIMUM = 12, 15
_MOST_BYTES = 1024  # more is not stronger, only slower
_LEAST_OF_ITS_OWN = 8  # characters that must remain without repeats, or without the person's own words
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
_LEET = str.maketrans("013457@$!", "oieastasi")
_LIST = Path(__file__).parent / "common_passwords.txt"


def accept(password: str, *, minimum: int, own_words: Iterable[str]) -> None:
    """Raises DomainError (field `password`) with the reason when a password must not be used.

    `own_words` are names and addresses of the person and the merchant, and the product's name.
    """
    text = _normal(password)
    if len(text) < minimum:
        raise _refusal(_("This has fewer than %(n)d characters. Add a word or two.") % {"n": minimum})
    if len(text.encode()) > _MOST_BYTES:
        raise _refusal(_("This password is too long. Use at most 1,024 characters."))
    if is_common(text):
        raise _refusal(_("This password is one of those that are tried first. Choose another, such as a few words."))
    if len(_without(text.casefold(), own_words)) < _LEAST_OF_ITS_OWN:
        raise _refusal(_("This password is made of a name or address that others know. Choose another."))


def length(password: str) -> int:
    """How many characters count."""
    return len(_normal(password))


def _refusal(sentence: str) -> DomainError:
    return DomainError(sentence, field="password")


def _normal(password: str) -> str:
    """Two keyboards may send the same letters differently (NIST: NFKC before hashing)."""
    return unicodedata.normalize("NFKC", password)


def is_common(password: str) -> bool:
    """Whether it is on the list, is a listed word with digits and signs around it, a repeat, or a keyboard run."""
    text = password.casefold()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    roots = {
        text,
        bare,
        text.translate(_LEET),
        re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text.rstrip("!?.0123456789").translate(_LEET)),
    }
    return any(_unit(root) in _common() for root in roots if root) or len(set(text)) < 4 or _is_run(text)


def _unit(text: str) -> str:
    """`sunsetsunset` is `sunset` twice."""
    return text[: (text + text).index(text, 1)]


def _is_run(text: str) -> bool:
    unit = _unit(text)
    if len(unit) < _LEAST_OF_ITS_OWN:
        return True
    steps = sum(any(pair in run or pair[::-1] in run for run in _RUNS) for pair in map("".join, pairwise(text)))
    return steps >= len(text) - 2


@lru_cache
def _common() -> frozenset[str]:
    return frozenset(line for line in _LIST.read_text().splitlines() if not line.startswith("#"))


def _without(text: str, own_words: Iterable[str]) -> str:
    words = {word for given in own_words for word in re.split(r"[\W_]+", given.casefold()) if len(word) >= 3}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def hash_of(password: str) -> str:
    """What is stored: an argon2id hash with its own salt and parameters. Takes about 20 ms and 19 MiB."""
    return _HASHER.hash(_normal(password))


@lru_cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits. With nothing stored it takes just as long and says no."""
    if len(password.encode(errors="replace")) > _MOST_BYTES:
        password = ""
    try:
        fits = _HASHER.verify(stored or _nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def outdated(stored: str) -> bool:
    """Whether a hash was made with older parameters, and the password is worth hashing again at sign-in."""
    return _HASHER.check_needs_rehash(stored)
