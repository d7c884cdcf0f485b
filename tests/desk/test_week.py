"""The coming week, what of it is likely to come back, the cards that end first, and the digest at each one's hour."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.desk import digest, mark
from domain.desk.ask import ask
from domain.desk.expiring import to_ask
from domain.desk.figures import lines
from domain.desk.terms import Kind
from domain.desk.week import Rates, week
from domain.mail.letter import Envelope
from domain.mail.messages import digest as digest_letter
from domain.work.timetable import Hourly
from kit.clock import utc_now
from kit.errors import DomainError
from kit.money import Money
from models.base import unit_of_work
from models.merchants import Membership, Staff
from models.methods import BillingSchedule, PaymentMethod
from models.work import Mail
from tests import factory
from tests.desk.conftest import FUNDS, House


def test_seven_days_of_tries_and_charges_and_the_card_that_ends_first(house: House) -> None:
    ed = house.failed("Ed Next", FUNDS, 3000)
    house.failed("Flo Lost", total=7000)
    eve = factory.customer(house.merchant, name="Eve Ends")
    card = factory.method(eve)
    consent = factory.consented(eve, card)
    factory.automatic(eve, card, consent, 5000, due=date(2026, 11, 25))
    with unit_of_work():
        PaymentMethod.update(exp_year=2026, exp_month=11).where(PaymentMethod.id == card.id).execute()
        for on, amount in ((date(2026, 11, 28), 1100), (date(2026, 12, 5), 2200), (date(2027, 3, 1), 9900)):
            BillingSchedule.create(
                merchant=house.merchant, customer=eve, title="Membership", amount=amount, currency="USD",
                anchor_day=on.day, starts_on=on, next_on=on, method=card, consent=consent, created_at=utc_now(),
            )  # fmt: skip
    found = week(house.facts, utc_now())
    assert [day.day for day in found.days] == [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    charges = {day.day.day: str(day.charges.amounts[0]) for day in found.days if day.charges.count}
    assert charges == {25: "$50.00", 28: "$11.00"}
    assert (found.tries.count, found.tries.amounts) == (1, (Money(3000, "USD"),)), "only what is planned"
    assert found.expected is None, "too few tries to say"
    (ending,) = to_ask(house.facts, utc_now())
    assert (ending.found.name, ending.found.amount) == ("Eve Ends", Money(2200, "USD")), "not what it lives to see"
    ask(house.person(house.sam), ending.found)
    assert to_ask(house.facts, utc_now()) == []
    step = house.desk(house.sam).undo
    assert step is not None and mark.undo(house.person(house.sam), at=step.at) == 1
    assert len(to_ask(house.facts, utc_now())) == 1
    now = week(house.facts, utc_now()).standing
    assert (now.risk.amounts, now.risk.count, now.pending.count) == ((Money(10000, "USD"),), 2, 0)
    behind = lines(house.facts, pending=False)
    assert sum((line.amount for line in behind[1:]), behind[0].amount) == now.risk.amounts[0]
    assert ed.id in {line.order for line in behind} and lines(house.facts, pending=True) == []


def test_a_rate_is_the_merchants_own_by_try_number() -> None:
    rates = Rates(made={1: 20, 2: 10, 3: 2}, good={1: 10, 2: 1, 3: 2})
    assert rates.enough and not Rates({1: 29}, {}).enough
    assert [rates.expected(n, 10000) for n in (1, 2)] == [5000, 1000]
    assert rates.expected(3, 10000) == int(Decimal(13) / Decimal(32) * 10000), "two tries say nothing: the rate of all"
    assert Rates({}, {}).expected(1, 10000) == 0


def test_hourly_moments() -> None:
    after = datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    assert list(Hourly(2).between(after, after + timedelta(hours=2, minutes=1))) == [
        after + timedelta(hours=1),
        after + timedelta(hours=2),
    ]
    assert list(Hourly(2).between(after - timedelta(seconds=1), after)) == [after]


def test_the_digest_comes_at_the_hour_once_a_day_and_only_for_something(one_house: House) -> None:
    house, sam = one_house, {"merchant": one_house.merchant.id, "staff": one_house.sam.id}
    with pytest.raises(DomainError):
        digest.choose_hour(**sam, hour=24)
    digest.choose_hour(**sam, hour=11)
    assert digest.write_digests() == "0 due", "7:00 in New York, and nothing stands on it"
    house.failed("Flo Lost")  # 10:00 by now
    assert digest.write_digests() == "0 due"
    house.pass_time(hours=1)
    digest.write_digests()
    house.pass_time(hours=1)
    digest.write_digests()
    (mail,) = Mail.select().where(Mail.template == "digest")
    assert mail.to_address == house.sam.email and "Flo" not in mail.facts
    envelope = _envelope(mail, house)
    letter = digest_letter.build(envelope)
    assert letter is not None and letter.subject == "Today at Harbor Yoga: 1 person, $89.00"
    assert letter.rows == (("Flo Lost", "$89.00 · Card reported lost"),)
    mark.done(house.person(house.kim), house.row(Kind.NEW_CARD), note="")
    assert digest_letter.build(envelope) is None, "finished by now"
    house.pass_time(days=1, hours=-2)
    assert digest.write_digests() == "0 due", "a finished list is no mail"
    house.failed("Gus Lost")
    house.pass_time(hours=20)
    with unit_of_work():
        Staff.update(disabled_at=utc_now()).where(Staff.id == house.sam.id).execute()
    house.clock.set(utc_now().replace(hour=16, minute=2))
    assert digest.write_digests() == "0 due" and digest_letter.build(envelope) is None, "who left gets none"
    with unit_of_work():
        Staff.update(disabled_at=None).where(Staff.id == house.sam.id).execute()
    assert digest.write_digests() == "1 due"
    Membership.delete().where(Membership.staff == house.sam).execute()
    assert digest_letter.build(envelope) is None


def _envelope(mail: Mail, house: House) -> Envelope:
    return Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house.facts)
