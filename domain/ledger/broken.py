"""What a check of the books finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and the row that shows it."""

    rule: str
    subject: str
    detail: str
