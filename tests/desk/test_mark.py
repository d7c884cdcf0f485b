"""Rows taken, put off, finished and undone: the first one wins, the second is told, and letters can be held back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.desk import decide, mark
from domain.desk.ask import ask, ask_all, choice
from domain.desk.mark import told_of
from domain.desk.queries import whole_list
from domain.desk.terms import Kind, Step
from domain.events.record import Actor
from domain.mail.send import due, send
from domain.orders.adjust import write_off_order
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from models.base import unit_of_work
from models.customers import ChangeState, ContactChange, ContactKind
from models.payments import Recovery
from models.work import Event, Mail, MailState
from tests import factory
from tests.desk.conftest import CONFIRM, House


def asked() -> list[Mail]:
    return list(Mail.select().where(Mail.template == "new_card").order_by(Mail.id))


def test_a_row_is_taken_put_off_finished_and_all_of_it_undone(house: House) -> None:
    order = house.failed("Flo Lost")
    row, sam, kim = house.row(Kind.NEW_CARD), house.person(house.sam), house.person(house.kim)
    mark.take(sam, row)
    mark.take(sam, row)
    with pytest.raises(Conflict, match=house.sam.name):
        mark.take(kim, row)
    assert (house.desk().head.taken, house.desk().rows[0].mark.taken_name) == (1, house.sam.name)
    house.clock.advance(timedelta(seconds=1))
    today = local_day(utc_now(), house.merchant.zone)
    for wrong in (None, today, today + timedelta(days=400)):
        with pytest.raises(DomainError, match="Choose a day"):
            mark.later(sam, row, until=wrong)
    mark.later(sam, row, until=today + timedelta(days=2))
    assert (house.listed(), house.desk().off) == ([], 1)
    with pytest.raises(Conflict, match=f"{house.sam.name} put this off"):
        mark.done(kim, row, note="")
    step = house.desk(house.sam).undo
    assert step is not None and house.desk(house.kim).undo is None, "only one's own"
    assert mark.undo(kim, at=step.at) == 0
    assert (mark.undo(sam, at=step.at), mark.undo(sam, at=step.at)) == (1, 0)
    assert house.desk().head.taken == 1, "the mark of before is back"
    mark.later(sam, row, until=today + timedelta(days=2))
    house.clock.advance(timedelta(days=2))
    assert house.listed() == [("new_card", "Flo Lost")], "its day has come"
    with pytest.raises(DomainError, match="500"):
        mark.done(sam, row, note="x" * 501)
    mark.done(sam, row, note="spoke with her")
    at = utc_now()
    house.clock.advance(timedelta(seconds=16))
    with pytest.raises(DomainError, match="Ten seconds"):
        mark.undo(sam, at=at)
    assert house.listed() == []
    with unit_of_work():
        Recovery.update(reason="stolen_card").where(Recovery.order == order).execute()
    assert house.listed() == [("new_card", "Flo Lost")], "it stands otherwise: on the list again"
    facts = " ".join(event.facts for event in Event.select().where(Event.kind.startswith("desk.")))
    assert facts and "Flo" not in facts and "spoke" not in facts
    kinds = [e.kind for e in Event.select().where(Event.actor_id == str(house.sam.id)).order_by(Event.id)]
    assert kinds == ["desk.taken", "desk.later", "desk.undone", "desk.later", "desk.done"]


def test_a_letter_leaves_after_ten_seconds_and_nobody_is_asked_twice_in_a_week(house: House) -> None:
    house.failed("Flo Lost")
    row, sam, kim = house.row(Kind.NEW_CARD), house.person(house.sam), house.person(house.kim)
    house.clock.set(utc_now().replace(hour=16))
    ask(sam, row)
    at = utc_now()
    (mail,) = asked()
    assert (mail.due_at, mail.customer_id) == (at + timedelta(seconds=10), str(row.customer))
    assert mail.id not in due(at + timedelta(seconds=9), 100)
    with pytest.raises(Conflict, match=f"{house.sam.name} asked for a new card"):
        ask(kim, row)
    assert house.listed() == [] and mark.undo(sam, at=at) == 1
    assert asked()[0].state == MailState.SUPPRESSED and house.listed() == [("new_card", "Flo Lost")]
    ask(sam, row)
    at = utc_now()
    with unit_of_work():
        Mail.update(lease_until=at + timedelta(minutes=2)).where(Mail.state == MailState.DUE).execute()
    with pytest.raises(DomainError, match="has left"):
        mark.undo(sam, at=at)
    assert house.listed() == [], "what has left is not undone"
    house.clock.advance(timedelta(days=6))
    with unit_of_work():
        Recovery.update(reason="stolen_card").execute()
    with pytest.raises(Conflict, match="within the last seven days"):
        ask(kim, house.row(Kind.NEW_CARD))
    house.clock.advance(timedelta(days=1, minutes=1))
    ask(kim, house.row(Kind.NEW_CARD))
    assert len(asked()) == 3


def test_many_are_asked_by_one_press_each_once_and_undone_by_one(one_house: House) -> None:
    house = one_house
    flo = house.failed("Flo Lost")
    for name in ("Gus", "Hal", "Ida"):
        house.failed(name)
    second = factory.automatic(flo.customer, flo.method, flo.consent, 20000)
    first = Recovery.get(Recovery.order == flo)
    with unit_of_work():
        Recovery.create(
            merchant=house.merchant, customer=flo.customer_id, order=second, attempt=first.attempt_id, amount=20000,
            currency="USD", reason="lost_card", why="method", opened_at=utc_now(),
        )  # fmt: skip
    sam, kim = house.person(house.sam), house.person(house.kim)
    mark.take(kim, house.row(Kind.NEW_CARD, "Hal"))
    ask(kim, house.row(Kind.NEW_CARD, "Gus"))
    house.clock.advance(timedelta(minutes=1))
    with unit_of_work():
        Recovery.update(reason="stolen_card").where(
            Recovery.customer == house.row(Kind.NEW_CARD, "Gus").customer
        ).execute()
    rows = whole_list(house.facts, utc_now())
    chosen = choice(rows, staff=house.sam.id, now=utc_now())
    assert [row.found.name for row in chosen.asked] == ["Flo Lost", "Ida"]
    assert {row.found.name: str(why) for row, why in chosen.left} == {"Gus": "asked", "Hal": "taken"}
    assert chosen.asked[0].found.order == second.id, "the order with the most to pay"
    everything = [row.found for row in rows]
    to_ask = [row.found for row in chosen.asked]
    assert ask_all(sam, to_ask, everything=everything) == (2, 0)
    assert ask_all(kim, to_ask, everything=everything) == (0, 2), "the second press finds them asked"
    assert len(asked()) == 3 and house.listed() == [("new_card", "Gus"), ("new_card", "Hal")]
    step = house.desk(house.sam).undo
    assert step is not None and step.rows == 3 and mark.undo(sam, at=step.at) == 3
    assert [mail.state for mail in asked()] == [MailState.DUE, MailState.SUPPRESSED, MailState.SUPPRESSED]
    assert len(house.listed()) == 5


def test_what_is_decided_says_who_was_faster(one_house: House) -> None:
    house = one_house
    cy = house.failed("Cy Confirm", CONFIRM)
    sam, kim = house.person(house.sam), house.person(house.kim)
    account = factory.account(cy.customer)
    with unit_of_work():
        change = ContactChange.create(
            customer=cy.customer_id, account=account, what=ContactKind.PHONE, wanted="555 0199", made_at=utc_now()
        )
    row = house.row(Kind.CHANGE)
    with pytest.raises(DomainError, match="cannot be done here"):
        decide.act(sam, row, Step.WRITTEN_OFF)
    assert "Accepted" in decide.act(sam, row, Step.AGREED)
    assert ContactChange.get_by_id(change.id).state == ChangeState.DONE
    with pytest.raises(Conflict, match=f"{house.sam.name} accepted this"):
        decide.act(kim, row, Step.DECLINED)
    with pytest.raises(NotFound, match=f"{house.sam.name} accepted this"):
        decide.of(kim, Kind.CHANGE, row.subject)
    stranger = factory.merchant("summit")
    with pytest.raises(NotFound, match="not on the list"):
        decide.of(
            mark.Person(stranger.id, factory.staff(of=stranger).id), Kind.CONFIRM, house.row(Kind.CONFIRM).subject
        )
    assert told_of(mark.Person(stranger.id, house.sam.id), Kind.CHANGE, row.subject) == ""
    assert decide.act(sam, house.row(Kind.CONFIRM), Step.SENT) == ""
    letters = list(Mail.select().where(Mail.template == "confirm_at_bank", Mail.order_id == str(cy.id)))
    assert len(letters) == 2 and house.listed() == []
    write_off_order(merchant=house.merchant.id, order=cy.id, actor=Actor.COMMAND)
    house.clock.advance(timedelta(days=1))
    for mail in letters:
        send(mail.id)
    assert {Mail.get_by_id(mail.id).state for mail in letters} == {MailState.SUPPRESSED}, "settled by now: not needed"
