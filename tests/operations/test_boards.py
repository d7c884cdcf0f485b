"""What the operators' pages read: the clock, mail, webhooks, the trail, the last days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.events.record import Actor
from domain.operations import history, measures, trail
from domain.operations.acts import Act, act
from domain.operations.clock_board import clock_board
from domain.operations.mail_board import Answer, Counts, mail_board
from domain.operations.webhook_board import webhook_board
from domain.work import rounds
from kit import measure
from kit.clock import Stopped, utc_now
from kit.measure import What
from models.base import unit_of_work
from models.work import Mail, MailState, Tick, UnreachableAddress, WebhookEvent, WebhookState
from tests import factory
from tests.payments.conftest import Shop, shop  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("store")


def _letter(template: str, state: MailState, *, of: Any = None, result: str = "", minutes: int = 5) -> None:
    at = utc_now() - timedelta(minutes=minutes)
    Mail.create(
        merchant=of,
        template=template,
        to_address="jordan@example.test",
        dedup_key=str(uuid4()),
        state=state,
        due_at=at,
        created_at=at,
        tries=1 if result else 0,
        result=result,
    )


def test_mail_is_counted_and_no_address_is_told(clock: Stopped) -> None:
    harbor, other = factory.merchant("harbor"), factory.merchant("other")
    _letter("receipt", MailState.SENT, of=harbor)
    _letter("receipt", MailState.DUE, of=harbor, minutes=30)
    _letter("receipt", MailState.DUE, of=harbor, minutes=-30)
    _letter("refund", MailState.FAILED, of=harbor, result="550 no such user jordan@example.test")
    _letter("refund", MailState.FAILED, of=harbor, minutes=60 * 25)
    _letter("digest", MailState.SUPPRESSED, of=other)
    UnreachableAddress.create(address_hash="x", since=utc_now(), result="550")
    board = mail_board(utc_now())
    assert board.all.counts == Counts(due=1, later=1, accepted=1, failed=1, suppressed=1)
    assert (board.all.oldest, board.unreachable) == (timedelta(minutes=30), 1)
    assert [(one.key, one.counts.failed) for one in board.templates] == [("digest", 0), ("receipt", 0), ("refund", 1)]
    assert [one.key for one in board.houses] == ["harbor", "other"], "trouble first"
    assert board.answers == (Answer("550 no such user [hidden]", 1),)
    assert mail_board(utc_now(), house=other.id).all.counts == Counts(suppressed=1)


def test_webhooks_by_account_trouble_first(clock: Stopped) -> None:
    calm, troubled = (factory.gateway_account(factory.merchant(slug)) for slug in ("calm", "troubled"))
    states = [WebhookState.DONE, WebhookState.FOREIGN, WebhookState.UNKNOWN, WebhookState.RECEIVED]
    for account, state in [(calm, WebhookState.DONE), *((troubled, state) for state in states)]:
        WebhookEvent.create(
            gateway_account=account,
            event_id=str(uuid4()),
            kind="charge.updated",
            object_id="ch_1",
            state=state,
            received_at=utc_now() - timedelta(minutes=1),
        )
    board = webhook_board(utc_now())
    shown = [(one.slug, one.waiting, one.unknown, one.done, one.foreign) for one in board.accounts]
    assert shown == [("troubled", 1, 1, 1, 1), ("calm", 0, 0, 1, 0)]
    assert {one.state for one in board.troubled} == {WebhookState.UNKNOWN, WebhookState.RECEIVED}
    of_calm = webhook_board(utc_now(), house=calm.merchant_id)
    assert ([one.slug for one in of_calm.accounts], of_calm.troubled, of_calm.more_accounts) == (["calm"], (), 0)


def test_the_clock_says_what_was_missed_and_who_goes_round(clock: Stopped) -> None:
    now = utc_now()  # Monday, noon
    rounds.note(now - timedelta(hours=30), "gone#1")
    rounds.note(now - timedelta(seconds=40), "one#1")
    rounds.note(now - timedelta(seconds=3), "two#2")
    for hours_ago in (6, 5, 2):  # 06:02, 07:02, 10:02: nothing went round at 08:02, 09:02 and 11:02
        at = now.replace(minute=2) - timedelta(hours=hours_ago)
        Tick.create(name="write-digests", due_at=at, done_at=at, result="2 digests")
    board = clock_board(now)
    assert [one.name for one in board.clocks] == ["two#2", "one#1"] and not board.silent
    line = next(line for line in board.lines if line.name == "write-digests")
    assert (line.missed, line.next_at) == (3, now.replace(minute=2))
    assert line.latest is not None and line.latest.result == "2 digests"
    assert rounds.forget(now) == 1


def test_the_trail_of_operators_has_their_reasons(clock: Stopped) -> None:
    person, house = factory.staff(operator=True), factory.merchant("harbor")
    with unit_of_work():
        act(act=Act.DISCARD, staff=person.id, reason="bounced for good", handle=uuid4(), about="mail-1")
        clock.advance(timedelta(days=1))
        act(act=Act.REQUEUE, staff=None, reason="relay is back", handle=uuid4(), merchant=house.id)
    told = [(one.actor, one.name, one.reason, one.merchant) for one in trail.page_of(trail.Wanted()).entries]
    assert told == [
        (Actor.COMMAND, "", "relay is back", "harbor"),
        (Actor.OPERATOR, person.name, "bounced for good", ""),
    ]
    for wanted in (
        trail.Wanted(who=str(person.id)),
        trail.Wanted(act="operation.discard"),
        trail.Wanted(last=utc_now().date() - timedelta(days=1)),
    ):
        assert [one.reason for one in trail.all_of(wanted)] == ["bounced for good"]
    assert [one.reason for one in trail.all_of(trail.Wanted(merchant="harbor"))] == ["relay is back"]


def test_the_last_days_by_hour(shop: Shop) -> None:  # noqa: F811
    measure.take()  # what other tests left in this process
    measure.took(What.WAITED, "mail", 2)
    measure.took(What.RAN, "mail", 1)
    measure.took(What.FAILED, "mail", 1)
    measures.flush()
    *_before, last = history.queue_hours("mail", utc_now())
    assert (last.done, last.failed, last.wait_p95) == (1, 1, 2500)
    assert len(_before) == 7 * 24 - 1 and not any(hour.done for hour in history.queue_hours("charges", utc_now()))
    shop.press(shop.method(), shop.order())
    shop.press(shop.method("pm_card_chargeDeclined"), shop.order())
    hours = history.gateway_hours(utc_now() + timedelta(minutes=1), house=shop.customer.merchant_id)
    assert (hours[-1].verdicts, hours[-1].declined) == (2, 1)
