"""What reached an absorbed record after its merge."""

from __future__ import annotations

from domain.duplicates.moves import OWNED, Moves
from models.base import connected, unit_of_work
from models.console import Merge


def gather() -> int:
    """What reached an absorbed record after its merge goes over as well; parting gives it back. For the night.

    Somebody who held an old id in hand while the merge was made may have written to the absorbed record since.
    """
    with connected():
        merges = list(Merge.select().where(Merge.undone_at.is_null()))
    gathered = 0
    for merge in merges:
        with unit_of_work():
            moves = Moves(merge.id)
            for table, column in OWNED:
                gathered += len(moves.all_of(table, column, merge.absorbed_id, merge.survivor_id))
    return gathered
