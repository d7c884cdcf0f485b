"""Whose trouble it is: the first thing that an operator wants to know."""

from __future__ import annotations

from enum import StrEnum


class Whose(StrEnum):
    """Where something that is wrong has to be mended, as far as the figures tell."""

    OURS = "ours"
    THEIRS = "theirs"  # the processor's, the relay's
    ONE_MERCHANT = "one_merchant"  # in one merchant's own settings
    NOBODYS = "nobodys"  # nothing is wrong, or somebody stopped it on purpose
