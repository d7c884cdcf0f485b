"""After the store was made out of a backup: it does not know what happened since, and must not do it a second time.

Payments that were taken after the backup are at the processor and not in these books: their orders look owed. So
automatic charges stay stopped until somebody has compared and settled the differences (docs/runbook.md, *Restored*).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.events.record import Actor, record
from domain.operations.stops import forget
from domain.reconciliation.differences import OpenDifference, all_open
from domain.reconciliation.run import Report, accounts, reconcile
from kit.clock import utc_now
from models.base import after_commit, connected, unit_of_work
from models.customers import LinkToken, Session
from models.operations import Stop, StopWhat
from models.work import Fact

_KEY = "restored_from"
_OVERLAP = timedelta(hours=1)  # before the backup: what was under way just then


@dataclass(frozen=True)
class Restored:
    """What was seen when the store was compared with the processors; `reports` is empty when it was not."""

    taken_at: datetime
    reports: tuple[Report, ...]
    differences: tuple[OpenDifference, ...]


def settle_in(*, taken_at: datetime, compare: bool = True) -> Restored:
    """Makes a restored store safe to run: charges stopped, everybody signed out, compared with the processors.

    Sessions and links end because the store has forgotten which were ended or used since. `compare=False` leaves the
    comparison to `manage.py reconcile`. Twice it is harmless.
    """
    now, value = utc_now(), taken_at.isoformat(timespec="seconds")
    with unit_of_work():
        charges = (Stop.what == StopWhat.QUEUE) & (Stop.name == "charges") & Stop.lifted_at.is_null()
        Stop.update(lifted_at=now).where(charges).execute()  # one of the backup's may have an end, or be over
        Stop.create(what=StopWhat.QUEUE, name="charges", reason=f"restored from a backup of {value}", set_at=now)
        after_commit(forget)
        Session.update(revoked_at=now).where(Session.revoked_at.is_null()).execute()
        LinkToken.update(superseded_at=now).where(
            LinkToken.used_at.is_null() & LinkToken.superseded_at.is_null()
        ).execute()
        Fact.insert(key=_KEY, value=value).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()
        record("store.restored", merchant=None, actor=Actor.COMMAND, facts={"taken_at": value})
    reports = tuple(reconcile(each, taken_at - _OVERLAP) for each in accounts()) if compare else ()
    with connected():
        return Restored(taken_at, reports, tuple(all_open()))
