"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters

from domain.accounts import passwords
from kit.errors import DomainError

WORDS = ["Settle", "Ann Lee", "ann.lee@example.com", "Harbor Yoga"]


@pytest.fixture(autouse=True)
def quick_passwords() -> None:
    """Not here: this is about the real cost."""


def _accepts(password: str, minimum: int = passwords.CUSTOMER_MINIMUM) -> bool:
    try:
        passwords.accept(password, minimum=minimum, own_words=WORDS)
    except DomainError as refusal:
        assert refusal.field == "password" and password not in refusal.sentence
        return False
    return True


@pytest.mark.parametrize(
    "common",
    [
        "password1234",
        "Password1234!",
        "P@ssw0rd1234",
        "qwertyuiop12",
        "123456789012",
        "aaaaaaaaaaaaaa",
        "abcabcabcabc",
        "sunshinesunshine",
        "1q2w3e4r5t6y",
        "!!dragon!!12",
        "zyxwvutsrqponm",
    ],
)
def test_what_is_tried_first_is_refused(common):
    assert not _accepts(common)


@pytest.mark.parametrize("own", ["Harbor-Yoga-1", "ann.lee.example", "AnnLee@example1", "settle-harbor-1"])
def test_own_words_are_refused(own):
    assert not _accepts(own)


@pytest.mark.parametrize(
    "good", ["purple monkey dishes", "x7$kQ9#mZp2!", "Пароль из пяти слов", "correct horse battery"]
)
def test_anything_else_long_enough_is_taken_without_rules_of_composition(good):
    assert _accepts(good)


def test_lengths():
    assert not _accepts("kumquat-ivy") and _accepts("kumquat-ivy8")
    assert not _accepts("kumquat-ivy-8!", passwords.STAFF_MINIMUM) and _accepts(
        "kumquat-ivy-80!", passwords.STAFF_MINIMUM
    )
    assert not _accepts("kumquat" * 10), "a repeat is one word"
    assert not _accepts("".join(chr(0x100 + n % 300) for n in range(600))), "over 1,024 bytes"


def test_kept_as_argon2id_and_recognised():
    stored = passwords.hash_of("purple monkey dishes")
    found = extract_parameters(stored)
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 19 * 1024, 2, 1)
    assert passwords.verify(stored, "purple monkey dishes") and not passwords.verify(stored, "purple monkey dishe")
    assert passwords.verify(passwords.hash_of("ｆull width letters"), "full width letters"), "NFKC"
    assert not passwords.verify(None, "nobody has this password") and not passwords.verify("broken", "x")
    assert not passwords.verify(stored, "x" * 5000)
    assert not passwords.outdated(stored)
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8192).hash("x"))
