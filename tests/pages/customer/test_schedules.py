"""The schedules page says how each one stands: running, paid by hand, skipped, changing, paused, ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.schedules.change import change_amount
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.pause import end, pause
from domain.schedules.skip import skip
from kit.money import Money
from models.methods import Cadence
from tests import factory
from tests.pages.customer.conftest import Person


def _made(person: Person, title: str, **values: Any) -> dict[str, Any]:
    merchant = person.customer.merchant_id
    made = make_schedule(
        merchant=merchant,
        customer=person.customer.id,
        title=title,
        rhythm=Rhythm(Cadence.MONTH, date(2026, 12, 1), runs=values.pop("runs", None)),
        amount=Money(8900, "USD"),
        **values,
    )
    return {"merchant": merchant, "schedule": made}


def test_each_state_is_said(owner: Person, colleague: Person) -> None:
    method = factory.method(owner.customer)
    consent = factory.consented(owner.customer, method)
    _made(owner, "Charged", method=method.id, consent=consent.id, runs=6)
    skip(**_made(owner, "Skipping", reference="s"), day=date(2026, 12, 1))
    change_amount(**_made(owner, "Changing"), amount=Money(9900, "USD"), from_on=date(2027, 2, 1))
    pause(**_made(owner, "Pausing"), until=date(2027, 1, 15))
    pause(**_made(owner, "Resting"))
    end(**_made(owner, "Over"))
    html = owner.page("/schedules")
    for said in (
        "Every month · Visa ending 4242 · 6 more times",
        "you pay each bill yourself",
        "Skipped, nothing is billed: Tuesday 1 December",
        "$99.00 from Monday 1 February on",
        "Paused until Friday 15 January",
        "Nothing is billed before Monday 1 February",
        "Ended on Monday 23 November",
        "Next: Friday 1 January",
    ):
        assert said in html, said
    assert "you pay it yourself" in owner.page()
    assert "Charged" not in colleague.page("/schedules")
