"""What an import did, or would do: every row is in one of three heaps, and none is dropped."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from domain.imports.plan import Refusal
from kit.clock import utc_now
from kit.config import settings

MANY = 20  # refusals: more than people read on a terminal
SHOWN = 1000


class Stage(StrEnum):
    """What an import is busy with."""

    READING = "reading"
    MAKING = "making"
    INVITING = "inviting"


@dataclass(frozen=True)
class Progress:
    """How far a stage is: `done` of `total` (bytes of the file while reading, rows while making, then customers)."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True)
class Summary:
    """`rows` = `rows_made` + `rows_there` + `refused_count`."""

    dry_run: bool
    rows: int
    rows_made: int
    rows_there: int  # of orders that were already there
    orders_made: int
    orders_open: int  # of those made, left unpaid
    orders_there: int
    customers_made: int
    invited: int
    refused_count: int
    refused: tuple[Refusal, ...]  # the first SHOWN; all of them in `refused_file` when there are many
    refused_file: Path | None
    unused_columns: tuple[str, ...]
    dust_lines: tuple[int, ...]  # lines whose amount was a floating leftover, read as the amount next to it


def write_refusals(refusals: Iterable[Refusal]) -> Path:
    """A CSV file of refused lines under the data directory; for its owner's eyes, as cells may be quoted in it."""
    folder = settings().data_dir / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"refused-{utc_now():%Y%m%d-%H%M%S-%f}.csv"
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.writer(file)
        writer.writerow(("line", "why"))
        writer.writerows(refusals)
    return path
