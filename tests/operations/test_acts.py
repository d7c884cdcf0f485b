"""An act of an operator: written once, with its reason, and found in the trail in words."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.events import words
from domain.operations.acts import Act, act
from kit.errors import DomainError
from models.base import unit_of_work
from models.operations import OperatorAct
from models.work import Event


def test_every_act_has_words():
    assert {f"operation.{each}" for each in Act} <= set(words.known())


def test_a_second_press_writes_nothing(store):
    handle = uuid4()
    with unit_of_work():
        first = act(act=Act.REQUEUE, staff=None, reason="  mail server\n is back ", handle=handle, about="mail-1")
        assert act(act=Act.REQUEUE, staff=None, reason="again", handle=handle) is None
    assert first is not None and first.reason == "mail server is back" and OperatorAct.select().count() == 1
    event = Event.get()
    assert (event.kind, event.actor, event.subject_id) == ("operation.requeue", "command", str(first.id))


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 201])
def test_no_act_without_a_reason(sqlite_store, reason):
    with pytest.raises(DomainError) as refused, unit_of_work():
        act(act=Act.DISCARD, staff=None, reason=reason, handle=uuid4())
    assert refused.value.field == "reason" and not Event.select().count()
