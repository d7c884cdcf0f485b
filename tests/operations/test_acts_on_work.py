"""Work without money: done anew at once, given up, and a failed run of what is done leaves the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.operations.acts import acted
from domain.operations.discard import discard
from domain.operations.pause import pause_queue
from domain.operations.refusals import Refused, Why
from domain.operations.requeue import requeue
from domain.operations.run_tick import run_tick
from domain.work import ticks
from domain.work.perform import perform
from domain.work.timetable import TIMETABLE, Line
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from models.console import ImportRun, ImportState
from models.merchants import Merchant
from models.operations import JobRun, RunState
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState
from tests import factory

pytestmark = pytest.mark.usefixtures("store", "clock")
_HOUR = timedelta(hours=1)


@pytest.fixture
def house(store: str, clock: Stopped) -> Merchant:
    return factory.merchant()


def _wish(**more: Any) -> dict[str, Any]:
    return {"reason": "the relay is back", "staff": None, "handle": uuid7()} | more


def _mail(house: Merchant, **values: Any) -> Mail:
    known = {
        "state": MailState.DUE,
        "due_at": utc_now() + _HOUR,
        "tries": 1,
        "result": "relay: 451",
        "created_at": utc_now(),
    }
    return Mail.create(
        merchant=house, template="receipt", to_address="a@example.com", dedup_key=str(uuid7()), **(known | values)
    )


def _webhook(house: Merchant, **values: Any) -> WebhookEvent:
    account = factory.gateway_account(house)
    known = {"event_id": str(uuid7()), "kind": "charge.updated", "object_id": "ch_1", "received_at": utc_now()}
    return WebhookEvent.create(gateway_account=account, **(known | values))


def _why(use: Callable[..., Any], kind: Work, row: UUID) -> Why:
    with pytest.raises(Refused) as refused:
        use(kind=kind, row=row, **_wish())
    return refused.value.why


def _fresh(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def test_what_rests_after_a_failure_is_due_now_and_what_was_given_up_is_tried_once_more(house: Merchant) -> None:
    resting, refused = _mail(house), _mail(house, state=MailState.FAILED, due_at=utc_now() - _HOUR)
    waiting = _mail(house, due_at=utc_now() - _HOUR)
    told = _webhook(house, state=WebhookState.FAILED)
    for kind, row in ((Work.MAIL, resting), (Work.MAIL, refused), (Work.MAIL, waiting), (Work.WEBHOOK, told)):
        assert requeue(kind=kind, row=row.id, **_wish())
    assert (_fresh(resting).due_at, _fresh(refused).state, _fresh(refused).due_at) == (utc_now(), "due", utc_now())
    assert _fresh(waiting).due_at == utc_now() - _HOUR, "since when it has waited stays to be seen"
    assert (_fresh(told).state, _fresh(told).due_at) == ("received", utc_now())


def test_nothing_is_done_anew_that_is_done_or_in_somebodys_hands_or_stopped(house: Merchant) -> None:
    assert _why(requeue, Work.MAIL, _mail(house, state=MailState.SENT).id) is Why.DONE
    assert _why(requeue, Work.MAIL, _mail(house, lease_until=utc_now() + _HOUR).id) is Why.CLAIMED
    assert _why(requeue, Work.MAIL, _mail(house, tries=0).id) is Why.NOT_YET, "it has its own day"
    assert _why(requeue, Work.MAIL, uuid7()) is Why.GONE
    pause_queue(queue="mail", until=None, **_wish())
    assert _why(requeue, Work.MAIL, _mail(house).id) is Why.QUEUE_STOPPED
    assert acted(uuid7()) is None


def test_a_second_press_changes_nothing(house: Merchant) -> None:
    mail, wish = _mail(house), _wish()
    assert requeue(kind=Work.MAIL, row=mail.id, **wish)
    Mail.update(due_at=utc_now() + _HOUR).execute()
    assert not requeue(kind=Work.MAIL, row=mail.id, **wish)
    assert _fresh(mail).due_at == utc_now() + _HOUR


def test_what_is_given_up_is_done_by_nobody(house: Merchant) -> None:
    mail, told = _mail(house), _webhook(house, due_at=utc_now())
    tick = Tick.create(name="reconcile", due_at=utc_now())
    marks = [DirtyDay.create(merchant=house, what="money", day=date(2026, 11, 1), due_at=utc_now()) for _n in range(2)]
    run = ImportRun.create(merchant=house, staff=factory.staff(of=house), what="orders", filename="a.csv", digest="x",
                           size=1, state=ImportState.RUNNING, due_at=utc_now(), made_at=utc_now())  # fmt: skip
    failed = _run(Work.MAIL, mail.id)
    rows = {Work.MAIL: mail, Work.WEBHOOK: told, Work.TICK: tick, Work.ROLLUP: marks[0], Work.IMPORT: run}
    for kind, row in rows.items():
        assert discard(kind=kind, row=row.id, **_wish())
        perform(kind, row.id)
    assert (_fresh(mail).state, _fresh(mail).result) == ("suppressed", "discarded by an operator")
    assert (_fresh(told).state, _fresh(told).note) == ("done", "discarded by an operator")
    assert (_fresh(tick).done_at, _fresh(tick).result) == (utc_now(), "discarded by an operator")
    assert (DirtyDay.select().count(), _fresh(run).state, _fresh(run).due_at) == (0, "failed", None)
    assert (_fresh(failed).state, _fresh(failed).settled_at) == (RunState.DISCARDED, utc_now())
    assert _why(discard, Work.MAIL, _mail(house, lease_until=utc_now() + _HOUR).id) is Why.CLAIMED


def _run(kind: Work, row: UUID) -> JobRun:
    return JobRun.create(kind=kind, row_id=str(row), queue="mail", by="job", state=RunState.OPEN, ended_at=utc_now(),
                         run_ms=1)  # fmt: skip


def test_case_81_a_failed_run_of_what_is_done_leaves_the_list_and_the_work_stands(house: Merchant) -> None:
    mail = _mail(house, state=MailState.SENT)
    runs = [_run(Work.MAIL, mail.id), _run(Work.ROLLUP, uuid7())]
    discard(kind=Work.MAIL, row=mail.id, **_wish())
    discard(kind=Work.ROLLUP, row=UUID(runs[1].row_id), **_wish())  # its row went when it was done
    assert {_fresh(run).state for run in runs} == {RunState.LATER} and _fresh(mail).state == "sent"
    with pytest.raises(NotFound):
        discard(kind=Work.ROLLUP, row=uuid7(), **_wish())


def _breaks() -> str:
    raise ValueError


def test_a_tick_that_failed_rests_for_nobody_and_one_that_runs_is_left_alone(house: Merchant) -> None:
    tick = Tick.create(name="x", due_at=utc_now())
    line = Line("x", TIMETABLE[0].when, TIMETABLE[0].catch_up, _breaks)
    with pytest.raises(ValueError):
        ticks.run(tick.id, [line])
    assert requeue(kind=Work.TICK, row=tick.id, **_wish())
    assert _fresh(tick).lease_until is None
    Tick.update(lease_until=utc_now() + _HOUR, result="").execute()
    assert _why(requeue, Work.TICK, tick.id) is Why.CLAIMED
    assert _why(discard, Work.TICK, tick.id) is Why.CLAIMED


def test_a_line_of_the_timetable_is_run_once_however_often_it_is_pressed(house: Merchant, clock: Stopped) -> None:
    ticks.make(utc_now())
    Tick.update(done_at=utc_now()).execute()
    before = Tick.select().count()
    clock.advance(timedelta(minutes=1))
    for _press in range(2):
        assert run_tick(name="check-invariants", **_wish())
    (tick,) = Tick.select().where(Tick.done_at.is_null())
    assert (Tick.select().count(), tick.name, tick.due_at) == (before + 1, "check-invariants", utc_now())
    Tick.update(lease_until=utc_now() + _HOUR).where(Tick.id == tick.id).execute()
    with pytest.raises(Conflict):
        run_tick(name="check-invariants", **_wish())
    Tick.update(lease_until=None).execute()
    perform(Work.TICK, tick.id)
    assert _fresh(tick).result and ticks.make(utc_now()) == 0, "its next moment stays as it is"
    with pytest.raises(NotFound):
        run_tick(name="no-such-line", **_wish())
