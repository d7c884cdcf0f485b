"""What the overview says of a store and a queue: what is late and what is not, whose it is, how it goes."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis

from domain.operations import kept, measures, stops
from domain.operations.overview import overview
from domain.operations.shapes import Going, Overview
from domain.work import rounds
from domain.work.wake import Work
from kit import measure
from kit.clock import Stopped, utc_now
from kit.errors import DomainError
from kit.measure import What
from models.base import db, unit_of_work
from models.merchants import GatewayAccount, Merchant
from models.methods import PaymentMethod
from models.operations import JobRun, RunState, Stop, StopWhat
from models.orders import Order
from models.payments import Attempt, AttemptState, Origin, Payment
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState
from tests import factory
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _anew() -> None:
    kept.forget()
    stops.forget()
    measure.take()


def _collect(merchant: Merchant, count: int = 1) -> None:
    for _n in range(count):
        row = factory.order(factory.customer(merchant))
        Order.update(collect_at=utc_now()).where(Order.id == row.id).execute()


def _line(seen: Overview, kind: Work):
    return next(line for line in seen.due if line.kind == kind)


def _letter(key: str, due: datetime, **values) -> None:
    Mail.create(template="x", to_address="a@example.com", dedup_key=key, due_at=due, **{"created_at": due, **values})


def _calls(account: UUID, what: What, seconds: float, count: int) -> None:
    for _n in range(count):
        measure.took(what, str(account), seconds)


def _stop(what: StopWhat, name: str, **values) -> None:
    with unit_of_work():
        Stop.create(what=what, name=name, reason="deploy of 2.1", set_at=utc_now(), **values)
    stops.forget()


def test_what_is_due_is_counted_once_for_many_looks_and_what_was_stopped_is_seen_at_once(
    store: str, clock: Stopped
) -> None:
    merchant = factory.merchant()
    _collect(merchant, 2)
    assert _line(overview(utc_now()), Work.COLLECT).count == 2
    begun = utc_now()
    _collect(merchant)
    clock.advance(timedelta(seconds=3))
    seen = overview(utc_now())
    assert (_line(seen, Work.COLLECT).count, seen.as_of["due"]) == (2, begun), "as old as it says"
    _stop(StopWhat.QUEUE, "charges")
    seen = overview(utc_now())
    assert (_line(seen, Work.COLLECT).going, _line(seen, Work.COLLECT).count) == (Going.ON_PURPOSE, 3)
    assert seen.as_of["due"] == utc_now()


def test_a_wave_at_its_pace_is_in_hand_with_an_end_until_nobody_works_through_it(store: str, clock: Stopped) -> None:
    merchant = factory.merchant()
    _collect(merchant, 30)
    clock.advance(timedelta(minutes=20))
    GatewayAccount.update(paced_until=utc_now(), charges_a_second=1).execute()
    seen = overview(utc_now())
    line = _line(seen, Work.COLLECT)
    assert (seen.late, line.going, line.count, line.paced) == (None, Going.IN_HAND, 30, 30)
    assert line.clearing is not None
    assert line.clearing.end == utc_now() + timedelta(seconds=30)
    clock.advance(timedelta(seconds=31))  # no slot was taken meanwhile
    kept.forget()
    seen = overview(utc_now())
    assert seen.late is not None
    assert (seen.late.rows, seen.late.customers, _line(seen, Work.COLLECT).going) == (30, 30, Going.LATE)


def test_what_somebody_holds_or_stopped_is_not_late(store: str, clock: Stopped) -> None:
    halted, other = factory.merchant(), factory.merchant()
    _collect(halted, 2)
    _collect(other, 3)
    with unit_of_work():
        for n in range(2):
            _letter(str(n), utc_now())
    clock.advance(timedelta(minutes=10))
    Mail.update(lease_until=utc_now() + timedelta(minutes=1)).where(Mail.dedup_key == "0").execute()
    _stop(StopWhat.MERCHANT, str(halted.id), merchant=halted)
    seen = overview(utc_now())
    assert seen.late is not None
    assert (seen.late.rows, seen.late.customers, seen.late.letters) == (4, 3, 1)
    assert (_line(seen, Work.COLLECT).waiting, _line(seen, Work.COLLECT).late_rows) == (2, 3)
    assert seen.suspended == (halted.name,)
    _stop(StopWhat.QUEUE, "charges")
    _stop(StopWhat.QUEUE, "mail")
    seen = overview(utc_now())
    assert (seen.late, _line(seen, Work.COLLECT).going, _line(seen, Work.COLLECT).waiting) == (
        None,
        Going.ON_PURPOSE,
        5,
    )
    assert {line.name for line in seen.queues if line.stopped} == {"charges", "mail"}
    assert any("Stopped: the queue charges (deploy of 2.1); 5 rows wait" in line.sentence for line in seen.verdict)


def test_a_merchants_figures_are_its_own(store: str, clock: Stopped) -> None:
    mine, other = factory.merchant("harbor"), factory.merchant()
    _collect(mine, 2)
    _collect(other, 5)
    account = GatewayAccount.get(GatewayAccount.merchant == other)
    with unit_of_work():
        WebhookEvent.create(gateway_account=account, event_id="e", kind="k", object_id="o", received_at=utc_now())
        Mail.create(
            merchant=mine,
            template="x",
            to_address="a@example.com",
            dedup_key="m",
            due_at=utc_now(),
            created_at=utc_now(),
        )
        Tick.create(name="write-digests", due_at=utc_now())
    clock.advance(timedelta(minutes=3))
    seen = overview(utc_now(), merchant="harbor")
    assert {line.kind: line.count for line in seen.due if line.count} == {Work.COLLECT: 2, Work.MAIL: 1}
    assert seen.late is not None
    assert (seen.late.rows, seen.late.customers) == (3, 2)
    assert seen.mail is not None and seen.mail.due == 1
    assert seen.webhooks is not None and seen.webhooks.waiting == 0
    assert "workers" in seen.whole_install
    whole = overview(utc_now())
    assert {line.kind: line.count for line in whole.due if line.count} == {
        Work.COLLECT: 7, Work.MAIL: 1, Work.WEBHOOK: 1, Work.TICK: 1,
    }  # fmt: skip
    with pytest.raises(DomainError):
        overview(utc_now(), merchant="nobody")


def test_queues_tell_what_came_and_went_and_how_long_it_took(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    for minutes, times in ((3, 20), (2, 40), (90, 7)):
        with_time = utc_now()
        clock.set(with_time - timedelta(minutes=minutes))
        for _n in range(times):
            measure.count(What.PLACED, "mail")
            measure.took(What.WAITED, "mail", 0.2)
            measure.took(What.RAN, "mail", 2.0)
        measure.took(What.FAILED, "mail", 9.0)
        clock.set(with_time)
    measures.flush()
    with unit_of_work():
        for state, hours in ((RunState.OPEN, 1), (RunState.LATER, 23), (RunState.OPEN, 25), (RunState.DONE, 1)):
            JobRun.create(
                kind="mail",
                row_id="r",
                queue="mail",
                by="job",
                state=state,
                ended_at=utc_now() - timedelta(hours=hours),
                run_ms=1,
            )
    mail = next(line for line in overview(utc_now()).queues if line.name == "mail")
    assert (mail.came, mail.done, mail.in_a_minute, mail.out_a_minute) == (60, 62, "6.0", "6.2")
    assert (mail.wait_p50, mail.run_p50, mail.run_p95, mail.failed) == (250, 2500, 2500, 2)
    assert (len(mail.done_by_minute), mail.done_by_minute[-3:], sum(mail.done_by_minute)) == (120, (21, 41, 0), 70)


def test_a_processors_figures_and_the_minute_since_which_it_is_slow(store: str, clock: Stopped) -> None:
    merchant = factory.merchant("harbor")
    account = GatewayAccount.get().id
    for minutes, seconds in ((30, 0.3), (20, 9.0), (5, 9.0)):
        clock.advance(timedelta(minutes=-minutes))
        _calls(account, What.GATEWAY, seconds, 4)
        clock.advance(timedelta(minutes=minutes))
    _calls(account, What.GATEWAY_SILENT, 20, 1)
    measures.flush()
    with unit_of_work():
        WebhookEvent.create(
            gateway_account=account,
            event_id="e",
            kind="k",
            object_id="o",
            received_at=utc_now(),
            state=WebhookState.DONE,
        )
    seen = overview(utc_now())
    (line,) = seen.accounts
    assert (line.slug, line.calls, line.calls_hour, line.p95, line.mean, line.silent) == (
        "harbor",
        4,
        12,
        10_000,
        9000,
        1,
    )
    assert (line.slow_since, line.last_webhook) == (utc_now() - timedelta(minutes=20), utc_now())
    assert [one.sentence for one in seen.verdict if one.whose == "theirs"] == [
        "Theirs: Stripe answers in 9 s since 11:40, tries wait"
    ]
    assert merchant.id == line.merchant


def test_declines_are_told_beside_the_same_hour_of_four_weeks_and_open_doubts_beside_them(
    store: str, clock: Stopped
) -> None:
    now = utc_now()
    card = _card(factory.merchant("harbor"))
    rows = [(timedelta(minutes=30), AttemptState.FAILED)] * 3 + [(timedelta(minutes=30), AttemptState.SUCCEEDED)]
    rows += [(timedelta(weeks=week, minutes=30), AttemptState.SUCCEEDED) for week in (1, 2, 3, 4, 5)]
    rows += [(timedelta(weeks=4, minutes=40), AttemptState.FAILED), (timedelta(hours=2), AttemptState.FAILED)]
    _attempts(card, *((state, now - ago) for ago, state in rows))
    _attempts(card, (AttemptState.UNKNOWN, None), (AttemptState.REVIEW, None))
    seen = overview(now)
    (line,) = seen.accounts
    assert (line.verdicts, line.declined, line.verdicts_before, line.declined_before) == (4, 750, 5, 200)
    assert (line.unknown, line.review) == (1, 1)
    assert (seen.unknown.asked, seen.unknown.for_a_person) == (1, 1)
    factory.merchant("elsewhere")
    assert [overview(now, merchant=slug).unknown.asked for slug in ("elsewhere", "harbor")] == [0, 1]


def _card(merchant: Merchant) -> PaymentMethod:
    account, customer = GatewayAccount.get(GatewayAccount.merchant == merchant), factory.customer(merchant)
    with unit_of_work():
        return PaymentMethod.create(
            customer=customer, gateway_account=account, gateway_ref="pm_1", gateway_customer="cus_1",
            kind="card", brand="visa", last4="4242", fingerprint="f", created_at=utc_now(),
        )  # fmt: skip


def _attempts(card: PaymentMethod, *wanted: tuple[AttemptState, datetime | None]) -> None:
    """Attempts in a state, closed then."""
    now, customer, money = utc_now(), card.customer, {"amount": 100, "currency": "USD"}
    whose = {"gateway_account": card.gateway_account, "method": card}
    with unit_of_work():
        for state, at in wanted:
            payment = Payment.create(
                merchant=customer.merchant, customer=customer, origin=Origin.AUTOMATIC, created_at=now, **money, **whose
            )
            Attempt.create(
                payment=payment, state=state, fingerprint="f", off_session=True, reserved_at=now, state_since=now,
                closed_at=at, **money, **whose,
            )  # fmt: skip


def test_safe_to_restart_only_while_no_call_is_out(store: str, clock: Stopped) -> None:
    found = overview(utc_now()).restart
    assert found is not None and found.safe
    _attempts(_card(factory.merchant()), (AttemptState.SENDING, None))
    soon = utc_now() + timedelta(minutes=2)
    Attempt.update(lease_until=soon, next_look_at=soon).execute()
    found = overview(utc_now()).restart
    assert found is not None
    assert (found.attempts, found.safe) == (1, False)
    clock.advance(timedelta(minutes=3))  # whoever sent it is gone: it is asked about, a restart interrupts nothing
    found = overview(utc_now()).restart
    assert found is not None and found.safe


def test_letters_say_how_long_the_relay_took_and_what_it_said_last_without_an_address(
    store: str, clock: Stopped
) -> None:
    now = utc_now()
    with unit_of_work():
        for n in range(20):
            took = timedelta(seconds=n)
            _letter(
                f"s{n}", now - timedelta(minutes=n), state=MailState.SENT, sent_at=now - timedelta(minutes=n) + took
            )
        _letter("f", now - timedelta(hours=2), state=MailState.FAILED, result="relay: 550")
        _letter("w", now + timedelta(seconds=20), tries=1, result="relay: 450 a@example.com is busy")
    facts = overview(now).mail
    assert facts is not None
    assert (facts.sent_hour, facts.p95, facts.failed_day, facts.due) == (20, timedelta(seconds=18), 1, 0)
    assert (facts.last_error, facts.last_error_at) == ("relay: 450 [hidden] is busy", now - timedelta(seconds=10))


def test_the_timetables_lines_tell_what_was_missed(sqlite_store: str, clock: Stopped) -> None:
    rounds.note(utc_now())
    with unit_of_work():
        Tick.create(
            name="write-digests", due_at=utc_now() - timedelta(minutes=58), done_at=utc_now(), result="0 written"
        )
        Tick.create(name="reconcile", due_at=utc_now().replace(hour=2, minute=40), result="failed: OSError")
        Tick.create(
            name="count-lately",
            due_at=utc_now().replace(hour=4, minute=15),
            lease_until=utc_now() + timedelta(minutes=1),
        )
    lines = {line.name: line for line in overview(utc_now()).ticks}
    digests, reconcile, counting, never = (
        lines[name] for name in ("write-digests", "reconcile", "count-lately", "find-duplicates")
    )
    assert (digests.missed, digests.next_at) == (False, utc_now() + timedelta(minutes=2))
    assert (reconcile.missed, reconcile.failed, counting.missed, counting.under_way, never.missed) == (
        True,
        True,
        False,
        True,
        True,
    )


def test_what_is_dear_is_given_a_little_old_and_reckoned_anew_beside_it(sqlite_store: str, clock: Stopped) -> None:
    made, renewed = [], threading.Event()

    def make() -> int:
        made.append(db.obj)
        if len(made) > 1:
            renewed.set()
        return len(made)

    assert kept.kept("n", make, now=utc_now(), seconds=60) == (1, utc_now())
    assert kept.kept("n", make, now=utc_now(), seconds=60)[0] == 1
    for one in kept._kept.values():
        one.fresh_until = 0
    assert kept.kept("n", make, now=utc_now(), seconds=60)[0] == 1
    assert renewed.wait(5)
    clock.advance(timedelta(minutes=6))  # moved: what was known is of another day
    assert kept.kept("n", make, now=utc_now(), seconds=60) == (3, utc_now())


def test_it_writes_nothing(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    _collect(factory.merchant(), 2)
    clock.advance(timedelta(minutes=5))
    before = db.execute_sql("SELECT count(*) FROM event").fetchone()
    said: list[str] = []
    ask = db.obj.execute_sql
    db.obj.execute_sql = lambda sql, *rest, **more: (said.append(sql), ask(sql, *rest, **more))[1]
    try:
        overview(utc_now())
    finally:
        del db.obj.execute_sql
    assert said and all(sql.lstrip("( ").upper().startswith("SELECT") for sql in said)
    assert db.execute_sql("SELECT count(*) FROM event").fetchone() == before
