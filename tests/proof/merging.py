"""The merchant's people find out in the middle of everything that two records are one person, or that they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from domain.duplicates.gather import gather
from domain.duplicates.merge import merge
from domain.duplicates.undo import undo
from models.console import Merge
from models.customers import Customer
from tests import factory

if TYPE_CHECKING:
    from tests.proof.cast import Cast
    from tests.proof.run import Run


def add_twin(cast: Cast, token: str) -> Customer:
    """The same person, as another list knew them: with a card, often the very same one, and a bill that it pays."""
    twin = factory.customer(cast.merchant)
    card = factory.method(twin, token)
    factory.automatic(twin, card, factory.consented(twin, card), 3000)
    factory.order(twin, 2500)
    return twin


def merges(run: Run) -> None:
    """Merges the twin, or parts it again; pressed twice at times, and the night's gathering may come at once."""
    twin = run.cast.twin
    if twin is None:
        return
    house, kim = run.cast.merchant.id, factory.staff(of=run.cast.merchant).id
    made = Merge.get_or_none(Merge.absorbed == twin, Merge.undone_at.is_null())
    for _pressed in range(run.chance.choice((1, 1, 2))):
        if made is None:
            ids = {"survivor": run.cast.customer.id, "absorbed": twin.id}
            run.guarded("merges", lambda: merge(merchant=house, staff=kim, **ids))  # noqa: B023 - called at once
        else:
            run.guarded("parts", lambda: undo(merchant=house, merge=made.id, staff=kim))
    if run.chance.random() < 0.3:
        gather()


ACTS: tuple[tuple[str, float, Callable[[Run], None]], ...] = (("merges", 1.5, merges),)
