"""What an operator did, with its reason: one row and one event for each act, however often its button is pressed."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from kit.ids import uuid7
from models.base import require_unit_of_work
from models.operations import OperatorAct

REASON_LENGTH = 200
_ABOUT, _PICKED = 80, 500


class Act(StrEnum):
    """What an operator may do. A new one needs its words: `operation.<value>` in domain/events/words.py."""

    REQUEUE = "requeue"
    DISCARD = "discard"
    RECONCILE = "reconcile"
    RUN_TICK = "run_tick"
    BULK_REQUEUE = "bulk_requeue"
    BULK_DISCARD = "bulk_discard"
    BULK_RECONCILE = "bulk_reconcile"
    PAUSE_QUEUE = "pause_queue"
    RESUME_QUEUE = "resume_queue"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    STOP_WORKER = "stop_worker"
    DRAIN = "drain"
    END_DRAIN = "end_drain"
    CANCEL_STUCK = "cancel_stuck"
    CLOSE_NOT_TAKEN = "close_not_taken"
    CLOSE_NEVER_MADE = "close_never_made"
    KEEP_WAITING = "keep_waiting"
    SETTLE_DIFFERENCE = "settle_difference"
    ALARM_ACKNOWLEDGED = "alarm_acknowledged"
    ALARM_SILENCED = "alarm_silenced"
    SILENCE_LIFTED = "silence_lifted"
    LIMIT_CHANGED = "limit_changed"


def act(
    *,
    act: Act,
    staff: UUID | None,
    reason: str,
    handle: UUID,
    about: str = "",
    merchant: UUID | None = None,
    picked: str = "",
    done: int = 0,
    refused: int = 0,
) -> OperatorAct | None:
    """Writes down an act in the caller's unit of work, before the rest of it; None when this handle acted before.

    `staff` is None for a command. `about` names one thing, `picked` the filter of a bulk act. Raises DomainError at
    `reason` when it is missing or longer than 200 characters.
    """
    require_unit_of_work()
    row_id, why = uuid7(), reason_of(reason)
    OperatorAct.insert(
        id=row_id,
        act=act.value,
        staff=staff,
        merchant=merchant,
        reason=why,
        about=about[:_ABOUT],
        picked=picked[:_PICKED],
        done=done,
        refused=refused,
        handle=str(handle),
        at=utc_now(),
    ).on_conflict_ignore().execute()
    made: OperatorAct | None = OperatorAct.get_or_none(OperatorAct.id == row_id)
    if made is None:  # this handle has acted before
        return None
    record(
        f"operation.{act}",
        merchant=merchant,
        actor=Actor.OPERATOR if staff else Actor.COMMAND,
        actor_id=staff,
        subject=made.id,
        facts={"about": about[:_ABOUT]},
    )
    return made


def reason_of(typed: str) -> str:
    """The reason as it is kept, in one line. Raises DomainError at `reason`."""
    reason = " ".join(typed.split())
    if not reason:
        raise DomainError(_("Say why. It stays with the act."), field="reason")
    if len(reason) > REASON_LENGTH:
        raise DomainError(_("At most %(most)d characters.") % {"most": REASON_LENGTH}, field="reason")
    return reason


def acted(handle: UUID) -> OperatorAct | None:
    """What a form with this handle has done already, if anything."""
    found: OperatorAct | None = OperatorAct.get_or_none(OperatorAct.handle == str(handle))
    return found


def count(made: OperatorAct, *, done: int = 0, refused: int = 0) -> None:
    """Adds to what a bulk act has done and refused so far, in the unit of work of the row that it counts."""
    require_unit_of_work()
    query = OperatorAct.update(done=OperatorAct.done + done, refused=OperatorAct.refused + refused)
    query.where(OperatorAct.id == made.id).execute()
