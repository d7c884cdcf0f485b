"""An operator has a row of work done anew: only where that can charge nobody twice, and nobody before their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations.about import About, about
from domain.operations.acts import Act, act
from domain.operations.refusals import Halts, Refused, Why, halts, requeue_refused
from domain.payments.at_gateway import active_account
from domain.work.due import IN_WAVES
from domain.work.wake import Work, wake
from integrations.queue.remove import remove
from kit.clock import utc_now
from models.base import after_commit, require_unit_of_work, unit_of_work
from models.console import ImportRun
from models.methods import PaymentMethod
from models.operations import AlarmCall
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState


def name_of(kind: Work, row: UUID) -> str:
    """What a row of work is called in addresses, acts and queues."""
    return f"{kind}-{row}"


def requeue(*, kind: Work, row: UUID, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Has a row done anew by a worker, now; False when this handle has acted before. `staff` is None for a command.

    The row stays the truth: whoever takes it checks and claims as ever. Raises Refused (a Conflict) with why not and
    what to do instead, DomainError at `reason`.
    """
    now = utc_now()
    halted = halts(now)
    with unit_of_work():
        found = about(kind, row)
        merchant = found.merchant if found else None
        made = act(
            act=Act.REQUEUE, staff=staff, reason=reason, handle=handle, about=name_of(kind, row), merchant=merchant
        )
        if made is None:
            return False
        why = requeue_row(found, now, halted)
        if why is not None:
            raise Refused(why)
    return True


def requeue_row(found: About | None, now: datetime, halted: Halts) -> Why | None:
    """The same for one row, in the caller's unit of work: why it is refused, or None when it is done anew."""
    require_unit_of_work()
    why = requeue_refused(found, now, halted)
    if why is not None:
        return why
    assert found is not None  # a row that is not there was refused
    if found.kind in _HASTEN and _HASTEN[found.kind](found, now) != 1:
        return Why.CLAIMED  # a worker was faster
    _hint(found)
    return None


def _hint(found: About) -> None:
    """A fresh hint after the commit. Automatic charges are hinted at by their account, whose pace they keep."""
    kind, row = found.kind, found.row
    after_commit(lambda: _forget(kind, row))
    if kind not in IN_WAVES:
        wake(kind, row)
        return
    account = active_account(found.merchant) if found.merchant else None
    if account is not None:
        wake(Work.WAVE, account.id)


def _forget(kind: Work, row: UUID) -> None:
    remove(kind.value, row)


def _sooner(found: About, now: datetime) -> datetime:
    """Its due time, brought forward and never back: since when a row has waited stays to be seen."""
    return min(found.facts.due_at or now, now)


def _free(table: Any, now: datetime) -> Any:
    return table.lease_until.is_null() | (table.lease_until <= now)


def _mail(found: About, now: datetime) -> int:
    mine = (Mail.id == found.row) & Mail.state.in_((MailState.DUE, MailState.FAILED)) & _free(Mail, now)
    return int(Mail.update(state=MailState.DUE, due_at=_sooner(found, now), lease_until=None).where(mine).execute())


def _webhook(found: About, now: datetime) -> int:
    again = (WebhookState.RECEIVED, WebhookState.FAILED, WebhookState.UNKNOWN)
    mine = (WebhookEvent.id == found.row) & WebhookEvent.state.in_(again)
    values = {"state": WebhookState.RECEIVED, "due_at": _sooner(found, now)}
    return int(WebhookEvent.update(values).where(mine).execute())


def _rollup(found: About, now: datetime) -> int:
    return int(DirtyDay.update(due_at=_sooner(found, now)).where(DirtyDay.id == found.row).execute())


def _import(found: About, now: datetime) -> int:
    mine = (ImportRun.id == found.row) & ImportRun.due_at.is_null(False) & _free(ImportRun, now)
    return int(ImportRun.update(due_at=_sooner(found, now)).where(mine).execute())


def _method(found: About, now: datetime) -> int:
    mine = (PaymentMethod.id == found.row) & PaymentMethod.detach_at.is_null(False)
    return int(PaymentMethod.update(detach_at=_sooner(found, now)).where(mine).execute())


def _tick(found: About, now: datetime) -> int:
    resting = _free(Tick, now) | Tick.result.startswith("failed: ")
    return int(Tick.update(lease_until=None).where((Tick.id == found.row) & Tick.done_at.is_null() & resting).execute())


def _call(found: About, now: datetime) -> int:
    mine = (AlarmCall.id == found.row) & AlarmCall.due_at.is_null(False) & _free(AlarmCall, now)
    return int(AlarmCall.update(due_at=_sooner(found, now), lease_until=None).where(mine).execute())


_HASTEN: dict[Work, Callable[[About, datetime], int]] = {
    Work.MAIL: _mail,
    Work.WEBHOOK: _webhook,
    Work.ROLLUP: _rollup,
    Work.IMPORT: _import,
    Work.METHOD: _method,
    Work.TICK: _tick,
    Work.ALARM: _call,
}
