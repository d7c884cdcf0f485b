"""What a person does about a difference between our books and the processor's list: look again, or settle by hand.

Settled by hand it is kept, and comes back by itself when a run still sees it.
"""

from __future__ import annotations

from uuid import UUID

from domain.operations.acts import Act, act, acted, reason_of
from domain.operations.stuck.terms import Decided
from domain.payments.at_gateway import WEB_SECONDS
from domain.reconciliation import differences
from domain.reconciliation.run import look_again_at
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import connected, locked, unit_of_work
from models.operations import Decision
from models.work import Difference


def look_again(*, difference: UUID, staff: UUID, deadline: Deadline | None = None) -> bool:
    """Reads this one object at the processor and compares it anew, healing what can be healed. True when it is gone.

    Raises NotFound, DomainError when the processor does not answer.
    """
    with connected():
        row = _of(difference)
        report = look_again_at(
            row.gateway_account_id, (row.kind, row.reference), deadline=deadline or Deadline.within(WEB_SECONDS)
        )
        if report.stopped:
            raise DomainError(_("The processor does not answer just now. Nothing is changed; try again in a minute."))
        with unit_of_work():
            gone = Difference.get_by_id(difference).settled_at is not None
            led_to = "settled" if gone else "open"
            Decision.create(id=uuid7(), difference=row, what=Decided.LOOK, reason="", staff=staff, at=utc_now(),
                            led_to=led_to)  # fmt: skip
    return gone


def settle_by_hand(*, difference: UUID, staff: UUID, reason: str, handle: UUID) -> None:
    """Takes a difference off the list, with a reason. It is kept, and opens again when a run still sees it.

    Raises NotFound, DomainError (settled already, or at `reason`).
    """
    with unit_of_work():
        row = locked(Difference.select().where(Difference.id == difference)).first()
        if row is None:
            raise NotFound(_("This difference is not there."))
        if acted(handle):
            return
        if row.settled_at is not None:
            raise DomainError(_("It is settled already."))
        merchant = row.gateway_account.merchant_id
        about = f"difference {row.reference}"
        act(act=Act.SETTLE_DIFFERENCE, staff=staff, reason=reason, handle=handle, about=about, merchant=merchant)
        Decision.create(
            id=handle, difference=row, what=Decided.SETTLED, reason=reason_of(reason), staff=staff, at=utc_now(),
            led_to="settled",
        )  # fmt: skip
        differences.settle_by_hand(row, staff, utc_now())


def _of(difference: UUID) -> Difference:
    found: Difference | None = Difference.get_or_none(Difference.id == difference)
    if found is None:
        raise NotFound(_("This difference is not there."))
    return found
