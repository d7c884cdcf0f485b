"""What reached an absorbed record after its merge."""

from __future__ import annotations

from typing import Any

from domain.duplicates.merge import lock_both, move_rows
from domain.duplicates.moves import OWNED, Moves
from domain.duplicates.tries import plan_anew
from domain.duplicates.under_way import is_under_way
from kit.clock import utc_now
from models.base import connected, unit_of_work
from models.console import Merge


def gather() -> int:
    """What reached an absorbed record after its merge goes over as well; parting gives it back. For the night.

    Somebody who held an old id in hand while the merge was made may have written to the absorbed record since.
    """
    with connected():
        merges = Merge.select().where(Merge.undone_at.is_null()).order_by(Merge.made_at, Merge.id)
        late = [merge for merge in list(merges) if _has_rows(merge)]
    return sum(_gather(merge) for merge in late)


def _has_rows(merge: Merge) -> bool:
    gone = merge.absorbed_id
    there: Any = (
        table.select().where(getattr(table, column) == (str(gone) if column == "customer_id" else gone))
        for table, column in OWNED
    )
    return any(rows.exists() for rows in there)


def _gather(merge: Merge) -> int:
    with unit_of_work():
        kept, gone = lock_both(merge.merchant_id, merge.survivor_id, merge.absorbed_id)
        undone = Merge.get_by_id(merge.id).undone_at is not None  # parted since the list was made
        if undone or is_under_way(gone.id):  # that has its outcome first: the next night
            return 0
        gathered = move_rows(Moves(merge.id), kept, gone)
        plan_anew([kept.id], utc_now())
        return gathered
