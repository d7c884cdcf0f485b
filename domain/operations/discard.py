"""An operator gives a row of work up: only where no money is in it. A failed run of what is done leaves the list."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations.about import About, Standing, about
from domain.operations.acts import Act, act
from domain.operations.refusals import Refused, Why, discard_refused
from domain.operations.requeue import name_of
from domain.reports import dirty
from domain.work.wake import Work
from integrations.queue.remove import remove
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from models.base import after_commit, require_unit_of_work, unit_of_work
from models.console import ImportRun, ImportState
from models.operations import AlarmCall, JobRun, RunState
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState

_SAID = "discarded by an operator"


def discard(*, kind: Work, row: UUID, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Gives a row up, or takes the failed runs of one that is done off the list; False when this handle acted before.

    Raises Refused (a Conflict) with why not and what to do instead, NotFound when there was never such work,
    DomainError at `reason`.
    """
    now = utc_now()
    with unit_of_work():
        found = about(kind, row)
        if found is None and not _runs(kind, row).exists():
            raise NotFound(_("There is no such piece of work."))
        merchant = found.merchant if found else None
        made = act(
            act=Act.DISCARD, staff=staff, reason=reason, handle=handle, about=name_of(kind, row), merchant=merchant
        )
        if made is None:
            return False
        why = discard_row(kind, row, found, now, staff)
        if why is not None:
            raise Refused(why)
    return True


def discard_row(kind: Work, row: UUID, found: About | None, now: datetime, staff: UUID | None) -> Why | None:
    """The same for one row, in the caller's unit of work: why it is refused, or None when it is given up."""
    require_unit_of_work()
    why = discard_refused(found, now)
    if why is not None:
        return why
    done = found is None or found.standing(now) is Standing.DONE
    if found is not None and not done and _GIVE_UP[kind](found, now) != 1:
        return Why.CLAIMED  # a worker was faster
    _settle(kind, row, RunState.LATER if done else RunState.DISCARDED, now, staff)
    after_commit(lambda: _forget(kind, row))
    return None


def _forget(kind: Work, row: UUID) -> None:
    remove(kind.value, row)


def _runs(kind: Work, row: UUID) -> Any:
    return JobRun.select().where((JobRun.kind == kind) & (JobRun.row_id == str(row)))


def _settle(kind: Work, row: UUID, state: RunState, now: datetime, staff: UUID | None) -> None:
    failed = (JobRun.kind == kind) & (JobRun.row_id == str(row)) & (JobRun.state == RunState.OPEN)
    JobRun.update(state=state, settled_at=now, settled_by=staff).where(failed).execute()


def _free(table: Any, now: datetime) -> Any:
    return table.lease_until.is_null() | (table.lease_until <= now)


def _mail(found: About, now: datetime) -> int:
    mine = (Mail.id == found.row) & (Mail.state == MailState.DUE) & _free(Mail, now)
    given_up = Mail.update(state=MailState.SUPPRESSED, result=_SAID, lease_until=None).where(mine).execute()
    if given_up and found.merchant and found.customer:
        dirty.mark(found.merchant, now, what=dirty.ADOPTION)  # as whenever a letter to a customer is closed
    return int(given_up)


def _webhook(found: About, _now: datetime) -> int:
    mine = (WebhookEvent.id == found.row) & (WebhookEvent.state == WebhookState.RECEIVED)
    return int(WebhookEvent.update(state=WebhookState.DONE, due_at=None, note=_SAID).where(mine).execute())


def _tick(found: About, now: datetime) -> int:
    resting = _free(Tick, now) | Tick.result.startswith("failed: ")
    mine = (Tick.id == found.row) & Tick.done_at.is_null() & resting
    return int(Tick.update(done_at=now, result=_SAID, lease_until=None).where(mine).execute())


def _rollup(found: About, _now: datetime) -> int:
    """The day's other marks, too: one of them would have it counted all the same. The night counts the day anew."""
    mark = DirtyDay.get_or_none(DirtyDay.id == found.row)
    if mark is None:
        return 0
    same = (DirtyDay.merchant == mark.merchant_id) & (DirtyDay.what == mark.what) & (DirtyDay.day == mark.day)
    return min(int(DirtyDay.delete().where(same).execute()), 1)


def _import(found: About, now: datetime) -> int:
    problem = _("An operator gave this import up. What it had brought in stays; it can be started again.")
    mine = (ImportRun.id == found.row) & ImportRun.due_at.is_null(False) & _free(ImportRun, now)
    values = {"state": ImportState.FAILED, "report": json.dumps({"problem": problem}), "due_at": None}
    return int(ImportRun.update({**values, "lease_until": None}).where(mine).execute())


def _call(found: About, now: datetime) -> int:
    mine = (AlarmCall.id == found.row) & AlarmCall.due_at.is_null(False) & _free(AlarmCall, now)
    return int(AlarmCall.update(due_at=None, lease_until=None, result=_SAID).where(mine).execute())


_GIVE_UP: dict[Work, Callable[[About, datetime], int]] = {
    Work.MAIL: _mail,
    Work.WEBHOOK: _webhook,
    Work.TICK: _tick,
    Work.ROLLUP: _rollup,
    Work.IMPORT: _import,
    Work.ALARM: _call,
}
