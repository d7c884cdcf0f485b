"""Alarms fire when a limit is passed and clear when it is kept again; people are told once, and as often as agreed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from domain.mail.send import send
from domain.operations import measures
from domain.operations.alarms import acknowledge, limits, queries, silence
from domain.operations.alarms.judge import judge, judge_for_the_clock, judge_if_time
from domain.operations.alarms.rules import RULES
from domain.work import rounds
from kit.errors import DomainError
from kit.ids import uuid7
from kit.measure import What, took
from models import base
from models.merchants import GatewayAccount
from models.operations import Alarm, OperatorAct, Stop, StopWhat
from models.orders import Order
from models.payments import AttemptState
from models.work import Mail, MailState
from tests import factory
from tests.operations import broken
from tests.operations.broken import BREAKS, House, of, opened, read, seen_by

A_LOOK = timedelta(seconds=15)


@pytest.fixture
def house(sqlite_store, clock, monkeypatch) -> Iterator[House]:
    yield from _house(clock, monkeypatch)


@pytest.fixture
def house_on_both(store, clock, monkeypatch) -> Iterator[House]:
    yield from _house(clock, monkeypatch)


def _house(clock, monkeypatch) -> Iterator[House]:
    made = broken.house(clock.at)
    limits.set_limit(rule="disk_low", subject="", value=0, reason="a test", staff=made.operator.id, handle=uuid7())
    with seen_by(monkeypatch, made):
        yield made


def look(house: House, clock, by: timedelta = A_LOOK) -> None:
    """Time passes, letters about alarms leave, the clock and the workers give their signs, and somebody looks."""
    Mail.update(state=MailState.SENT).where(Mail.template == "alarm").execute()
    clock.advance(by)
    moved = clock.at - house.now
    house.now = clock.at
    house.workers = [_later(worker, moved) for worker in house.workers]
    rounds.note(rounds.latest() + moved)
    judge(clock.at)


def _later(worker, by):
    return type(worker)(**{**worker.__dict__, "heartbeat_at": worker.heartbeat_at + by})


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_fires_says_what_to_do_and_clears_after_two_looks(rule, house, clock):
    judge(clock.at)
    assert opened() == {}, "a house in which all is well"
    mend = BREAKS[rule](house)
    measures.flush()
    look(house, clock)
    row = of(rule)
    line = next(line for line in queries.open_alarms(clock.at) if line.rule == rule)
    assert line.heading and "%" not in line.heading.replace(" %", ""), "every blank of the sentence is filled"
    assert line.runbook == f"/operations/runbook#{rule}" and line.place.startswith("/operations")
    assert rule in {line.rule for line in queries.live(clock.at)}, "the same by the rules alone, without a row"
    mend()
    if rule in ("jobs_fail", "gateway_slow", "gateway_silent", "key_refused"):
        clock.advance(timedelta(hours=1, minutes=1))
    if rule in ("gateway_silent", "key_refused"):
        look(house, clock)
        assert "well_at" not in read(row.id).facts, "nobody has called: that says nothing"
        took(What.GATEWAY, str(house.account.id), 0.1)
        measures.flush()
        clock.advance(timedelta(minutes=1))
    if rule == "webhooks_silent":
        GatewayAccount.update(created_at=clock.at).execute()
    look(house, clock)
    assert read(row.id).cleared_at is None, "one look that is well may be chance"
    look(house, clock)
    assert read(row.id).cleared_at == clock.at
    assert rule not in {name for name, _subject in opened()}


def test_every_rule_can_be_broken_here():
    assert set(RULES) == set(BREAKS)


# Redis away hides workers, a stopped queue is not late, a webhook has come, and many calls that are answered.
NOT_TOGETHER = ("redis_away", "worker_silent", "figures_late", "webhooks_silent", "gateway_silent")


def test_everything_at_once_on_both_stores(house_on_both, clock):
    house, together = house_on_both, [rule for rule in BREAKS if rule not in NOT_TOGETHER]
    for rule in together:
        BREAKS[rule](house)
    measures.flush()
    look(house, clock)
    assert {rule for rule, _subject in opened()} == set(together)
    assert {line.rule for line in queries.live(clock.at)} == set(together)
    waiting = {rule: row.customers for (rule, _subject), row in opened().items()}
    assert waiting["collects_late"] == waiting["refunds_late"] == waiting["queue_unmanned"] == 1
    assert len(queries.open_alarms(clock.at, "harbor")) == len(opened())


def test_case_84_late_work_alarms_with_the_customers_it_touches(house_on_both, clock):
    """reference/cases.md 84: a queue older than its limit (confirmation mails > 2 min, retries > 1 h)."""
    house = house_on_both
    other = factory.customer(house.customer.merchant)
    for to in (house.customer.email, other.email, other.email):
        house.mail("confirm", to_address=to, created_at=clock.at)
    look(house, clock, timedelta(minutes=2))
    assert opened() == {}, "two minutes are the limit, not beyond it"
    look(house, clock, timedelta(seconds=1))
    mail = of("confirmation_mail_late")
    assert (mail.value, mail.bound, mail.customers, mail.merchant) == (121, 120, 2, house.customer.merchant)
    BREAKS["retries_late"](house)
    BREAKS["retries_late"](house)
    look(house, clock)
    retries = of("retries_late")
    assert retries.customers == 1, "two tries of one customer touch one"
    assert retries.value > RULES["retries_late"].limit == 3600
    heading = next(line.heading for line in queries.open_alarms(clock.at) if line.rule == "retries_late")
    assert heading == "The retry wave is late: the oldest try has been due for 2 h 0 min"


def test_what_waits_on_purpose_is_not_late(house, clock):
    BREAKS["retries_late"](house)
    BREAKS["mail_late"](house)
    GatewayAccount.update(paced_until=clock.at + A_LOOK).execute()  # the wave goes at its pace
    Stop.create(what=StopWhat.QUEUE, name="mail", reason="the relay moves", set_at=clock.at)
    look(house, clock)
    assert opened() == {}
    Stop.update(lifted_at=clock.at).execute()
    GatewayAccount.update(paced_until=None).execute()
    look(house, clock)
    assert {rule for rule, _subject in opened()} == {"retries_late"}, "mail counts from when it was let go on"
    look(house, clock, timedelta(minutes=16))
    assert ("mail_late", "") in opened()


def test_a_merchant_whose_charges_are_suspended_is_not_late(house, clock):
    BREAKS["collects_late"](house)
    merchant = house.customer.merchant
    Stop.create(
        what=StopWhat.MERCHANT, name=str(merchant.id), merchant=merchant, reason="a dispute",
        set_at=clock.at, until=clock.at + timedelta(days=1),
    )  # fmt: skip
    look(house, clock)
    assert opened() == {}


def test_told_once_then_daily_until_acknowledged_then_once_when_it_clears(house, clock):
    mend = BREAKS["difference_open"](house)
    look(house, clock)
    look(house, clock)
    assert [letter.to_address for letter in Mail.select()] == [house.operator.email], "once, to each operator"
    look(house, clock, timedelta(days=1))
    assert Mail.select().count() == 2
    note = {"staff": house.operator.id, "alarm": of("difference_open").id, "handle": uuid7()}
    with pytest.raises(DomainError):
        acknowledge.acknowledge(**note, note=" ")
    assert acknowledge.acknowledge(**note, note="I ask the processor")
    assert not acknowledge.acknowledge(**note, note="again")
    assert OperatorAct.select().where(OperatorAct.act == "alarm_acknowledged").count() == 1
    look(house, clock, timedelta(days=2))
    assert Mail.select().count() == 2, "somebody looks after it"
    mend()
    look(house, clock)
    look(house, clock)
    told = [json.loads(letter.facts) for letter in Mail.select().order_by(Mail.created_at)]
    assert [list(facts) for facts in told] == [["opened"], ["daily"], ["cleared"]]


def test_review_is_told_every_day_although_somebody_looks_after_it(house, clock):
    """protocol.md 2: an attempt in REVIEW alarms at once and daily."""
    BREAKS["review"](house)
    look(house, clock)
    acknowledge.acknowledge(alarm=of("review").id, note="asked", staff=house.operator.id, handle=uuid7())
    look(house, clock, timedelta(days=1))
    assert Mail.select().count() == 2


def test_silenced_ones_stand_on_the_screen_and_are_told_when_the_silence_ends(house, clock):
    ask = {"rule": "difference_open", "subject": "", "staff": house.operator.id, "reason": "known"}
    with pytest.raises(DomainError, match="seven days"):
        silence.silence(**ask, until=clock.at + timedelta(days=8), handle=uuid7())
    handle = uuid7()
    for _press in range(2):
        silence.silence(**ask, until=clock.at + timedelta(hours=2), handle=handle)
    (line,) = silence.standing(clock.at)
    BREAKS["difference_open"](house)
    look(house, clock)
    (shown,) = queries.open_alarms(clock.at)
    assert shown.silenced_until == line.until and Mail.select().count() == 0
    silence.lift(silence=line.id, reason="it is not", staff=house.operator.id, handle=uuid7())
    look(house, clock)
    assert Mail.select().count() == 1 and silence.standing(clock.at) == []


def test_a_limit_of_ones_own_counts_for_its_subject_only(house, clock):
    account = str(house.account.id)
    ask = {"rule": "difference_open", "staff": house.operator.id, "reason": "settled at the month's end"}
    limits.set_limit(**ask, subject=account, value=1, handle=uuid7())
    BREAKS["difference_open"](house)
    look(house, clock)
    assert opened() == {}
    limits.set_limit(**ask, subject=account, value=0, handle=uuid7())
    look(house, clock)
    assert set(opened()) == {("difference_open", account)}
    with pytest.raises(DomainError, match="A number from 0"):
        limits.set_limit(**ask, subject="", value=-1, handle=uuid7())


def test_two_judges_at_once_make_one_alarm_and_one_letter(house_on_both, clock):
    house = house_on_both
    BREAKS["difference_open"](house)
    together, failed = threading.Barrier(2), []

    def judge_it() -> None:
        together.wait()
        try:
            judge(clock.at)
        except Exception as problem:
            failed.append(problem)
        finally:
            base.db.close()

    judges = [threading.Thread(target=judge_it) for _ in range(2)]
    for thread in judges:
        thread.start()
    for thread in judges:
        thread.join()
    assert failed == []
    assert Alarm.select().count() == 1 and Mail.select().count() == 1


def test_of_two_clocks_one_looks_and_a_worker_only_while_both_are_silent(house, clock):
    assert [judge_if_time(clock.at), judge_if_time(clock.at)] == [True, False]
    clock.advance(A_LOOK)
    rounds.note(clock.at)
    assert not judge_for_the_clock(clock.at), "the clock goes round: it looks itself"
    clock.advance(timedelta(seconds=61))
    house.now = clock.at
    house.workers = [_later(worker, timedelta(seconds=76)) for worker in house.workers]
    (unwritten,) = queries.open_alarms(clock.at)
    assert (unwritten.rule, unwritten.kept) == ("clock_late", False), "nobody has looked: the reader judges"
    assert judge_for_the_clock(clock.at)
    assert set(opened()) == {("clock_late", "")}
    assert queries.open_alarms(clock.at)[0].kept


def test_what_cannot_be_seen_neither_fires_nor_clears(house, clock):
    BREAKS["workers_missing"](house)
    look(house, clock)
    house.reachable = False
    for _look in range(3):
        look(house, clock)
    assert {"workers_missing", "redis_away"} == {rule for rule, _subject in opened()}
    assert Mail.select().count() == 0 or of("redis_away").told_at is None, "a minute of patience with both"


def test_the_letter_says_what_stands_when_it_leaves_and_nobodys_name(house, clock, monkeypatch):
    sent = []
    monkeypatch.setattr("domain.mail.send.deliver", lambda message, **_where: sent.append(message))
    BREAKS["unknown_long"](house)
    house.attempt(AttemptState.REVIEW)
    look(house, clock)
    (letter,) = Mail.select()
    send(letter.id)
    text = sent[0].get_body(("plain",)).get_content()
    assert sent[0]["Subject"].startswith("Alarm: ") and sent[0]["Subject"].endswith("and 1 more")
    assert "/operations/runbook#review" in text and "1 customer is touched" in text
    for secret in (house.customer.name, house.customer.email, "pi_1"):
        assert secret not in text + letter.facts
    assert all(UUID(id) for ids in json.loads(letter.facts).values() for id in ids.split())


def test_a_rule_that_is_no_more_clears_and_a_bug_in_one_part_leaves_the_others(house, clock, monkeypatch):
    Alarm.create(rule="of_old", opened_at=clock.at, seen_at=clock.at)
    Order.update(collect_at=None).execute()
    monkeypatch.setattr("domain.operations.alarms.processes.sums", lambda *_a, **_k: 1 // 0)
    BREAKS["difference_open"](house)
    look(house, clock)
    assert {rule for rule, _subject in opened()} == {"difference_open"}
