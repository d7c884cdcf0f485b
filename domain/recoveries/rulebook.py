"""The networks' and processors' rules, as dated data with a source: `rules/*.json`, one file each.

A rule that begins on a date holds from that day on; nobody has to remember to switch it on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "rules"
NETWORKS = ("visa", "mastercard", "stripe", "nacha")


class Again(StrEnum):
    """What a rule says about another try with the same method."""

    NEVER = "never"
    LATER = "later"
    NEW_DETAILS = "new_details"  # only after the customer's data have changed


@dataclass(frozen=True)
class Source:
    """Where a rule is written, and whether we have read it there or at second hand."""

    document: str
    url: str
    read: str


@dataclass(frozen=True)
class Rule:
    """What one code means. `code_as`: a decline code of our own that says it better than the processor's."""

    code: str
    again: Again
    source: str  # the key of a Source in the same file
    means: str = ""
    reason: str = ""  # the family in which a person reads it; nothing: the processor's code says it
    begins: date | None = None
    wait: timedelta | None = None
    code_as: str = ""
    blocks_account: bool = False
    voids_mandate: bool = False
    counts_as: str = ""  # Nacha: unauthorized or administrative
    back_in_banking_days: int | None = None
    back_in_days: int | None = None


@dataclass(frozen=True)
class Limit:
    """So many declines of one card at one merchant in such a time: no further try until the oldest is older."""

    declines: int
    within: timedelta
    source: str


@dataclass(frozen=True)
class Represent:
    """How often a returned bank debit may be presented again, and until how long after the original."""

    times: int
    within: timedelta
    same_amount: bool
    source: str


@dataclass(frozen=True)
class Level:
    """Nacha's limit on an originator's returns, in hundredths of a percent of the debits of some days."""

    counts_as: str
    basis_points: int
    within: timedelta
    source: str


@dataclass(frozen=True)
class Rules:
    """One file. `codes` are response, decline or return codes; `advice` the network's advice codes."""

    network: str
    checked: date  # when somebody last held it against its sources
    sources: dict[str, Source]
    notes: tuple[str, ...]
    codes: dict[str, Rule]
    advice: dict[str, Rule]
    limits: tuple[Limit, ...]
    levels: tuple[Level, ...]
    represent: Represent | None

    def rule(self, code: str | None, on: date) -> Rule | None:
        """The rule for a code on a day; None when there is none, or it has not begun."""
        return _begun(self.codes.get(code or ""), on)

    def advised(self, code: str | None, on: date) -> Rule | None:
        """The rule for an advice code on a day."""
        return _begun(self.advice.get(code or ""), on)


def _begun(rule: Rule | None, on: date) -> Rule | None:
    return rule if rule is not None and (rule.begins is None or rule.begins <= on) else None


@lru_cache
def rules(network: str) -> Rules:
    """The rules of `visa`, `mastercard`, `stripe` or `nacha`. Raises KeyError or ValueError for a file that is not."""
    raw = json.loads((FOLDER / f"{network}.json").read_text())
    again = raw.get("represent")
    return Rules(
        network=raw["network"],
        checked=date.fromisoformat(raw["checked"]),
        sources={name: Source(**each) for name, each in raw["sources"].items()},
        notes=tuple(raw.get("notes", ())),
        codes=_rules(raw.get("codes", [])),
        advice=_rules(raw.get("advice", [])),
        limits=tuple(
            Limit(each["declines"], timedelta(hours=each["hours"]), each["source"]) for each in raw.get("limits", [])
        ),
        levels=tuple(
            Level(each["counts_as"], each["basis_points"], timedelta(days=each["days"]), each["source"])
            for each in raw.get("levels", [])
        ),
        represent=again
        and Represent(again["times"], timedelta(days=again["days"]), again["same_amount"], again["source"]),
    )


def _rules(rows: list[dict[str, Any]]) -> dict[str, Rule]:
    found = {row["code"]: _rule(row) for row in rows}
    if len(found) != len(rows):
        raise ValueError("a code stands twice")
    return found


def _rule(row: dict[str, Any]) -> Rule:
    hours = row.get("wait_hours")
    return Rule(
        code=row["code"],
        again=Again(row["again"]),
        source=row["source"],
        means=row.get("means", ""),
        reason=row.get("reason", ""),
        begins=date.fromisoformat(row["from"]) if "from" in row else None,
        wait=timedelta(hours=hours) if hours else None,
        code_as=row.get("as", ""),
        blocks_account=row.get("blocks_account", False),
        voids_mandate=row.get("voids_mandate", False),
        counts_as=row.get("counts_as", ""),
        back_in_banking_days=row.get("back_in_banking_days"),
        back_in_days=row.get("back_in_days"),
    )
