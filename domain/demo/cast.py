"""Who plays in the demo: a person's facts and luck, drawn from a seed of their own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.demo.people import address, people
from domain.demo.trades import Plan, Trade
from kit.calendar import at_local_hour
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import Consent, PaymentMethod

DAYS = 365  # of the demo's past
NEVER_PAYS = 50  # a fate that fails at least so often has no end
_ALWAYS = 2 * NEVER_PAYS


class Habit(StrEnum):
    """How a person buys."""

    PLAN = "plan"  # billed every month, collected from a card or bank account
    AUTO = "auto"  # buys now and then, collected from a card
    SHOP = "shop"  # buys now and then, pays in the portal
    BILLED = "billed"  # gets bills, has no account and no card


class Twist(StrEnum):
    """What happens besides: each is somebody's, so that every demo has it."""

    PAUSE = "pause"  # the schedule rests for some weeks
    SKIP = "skip"  # the next period but one is left out
    DEARER = "dearer"  # another amount from a coming run on
    LEAVES = "leaves"  # the schedule is ended
    YEARLY = "yearly"  # a second schedule, by the year
    BACKUP = "backup"  # a second card stands in when the first fails
    CHEQUE = "cheque"  # pays bills by cheque or transfer
    REFUND = "refund"  # gets money back for a purchase, some or all
    DISPUTE = "dispute"  # tells the bank not to have bought it


@dataclass
class Fate:
    """What becomes of an automatic payment: how many tries fail and why, and what the person does about it.

    `helps_after` the failure they pay by themselves, maybe with a `new_card`; or they promise to pay so many days later
    (`promises`), and keep it or not. Only tries with `method` (the first one tried) fail.
    """

    step: str = "insufficient_funds"
    fails: int = 0
    helps_after: timedelta | None = None
    new_card: bool = False
    promises: int = 0
    keeps: bool = True
    method: str = ""  # at the processor
    told: bool = False  # the person has decided what to do


@dataclass
class House:
    """A merchant on the stage."""

    trade: Trade
    merchant: Merchant
    gateway: GatewayAccount
    first_day: date
    last_day: date

    def moment(self, day: date, hour: int, minute: int = 0) -> datetime:
        """That time of that day where the merchant is."""
        return at_local_hour(day, hour, self.trade.zone) + timedelta(minutes=minute)


@dataclass
class Person:
    """A customer on the stage. `rng` is theirs alone, so that nobody's luck depends on when others act."""

    house: House
    number: int
    name: str
    email: str
    habit: Habit
    rng: random.Random
    joins_on: date
    invited_on: date | None = None
    confirms_on: date | None = None
    plan: Plan | None = None
    anchor: int = 1
    pays_by_bank: bool = False
    brand: str = "visa"
    last4: str = ""  # of the first card, where a story names it
    expires: date | None = None
    like: str = "approve"  # the test card that the first card behaves like
    password_hash: str | None = None
    phone: str = ""  # where it is somebody else's too
    home: dict[str, str] | None = None  # likewise
    fates: dict[date, Fate] = field(default_factory=dict)  # by due day, where a story decides
    lucky: bool = False  # nothing else fails
    purchases: int = 0
    twists: tuple[Twist, ...] = ()
    customer: Customer | None = None
    method: PaymentMethod | None = None
    consent: Consent | None = None
    schedule: UUID | None = None
    account: UUID | None = None

    @property
    def who(self) -> str:
        """The place in the order of things that happen at the same moment."""
        return f"{self.house.trade.slug}:{self.number:04}"


_SHARES = ((Habit.PLAN, 38), (Habit.AUTO, 22), (Habit.SHOP, 28), (Habit.BILLED, 12))
_ADOPTION = {Habit.PLAN: 0.62, Habit.AUTO: 0.55, Habit.SHOP: 1.0, Habit.BILLED: 0.0}


def crowd(house: House, count: int, taken: set[str]) -> list[Person]:
    """So many ordinary customers of a merchant."""
    rng = random.Random(f"settle {house.last_day} {house.trade.slug}")  # noqa: S311 - luck on a stage
    names = people(house.trade.names, rng, taken)
    habits = [habit for habit, percent in _SHARES for _ in range(count * percent // 100)][:count]
    habits += [Habit.AUTO] * (count - len(habits))
    rng.shuffle(habits)
    return [_person(house, number, next(names), habit) for number, habit in enumerate(habits, start=100)]


def twice(house: House) -> list[Person]:
    """Those who stand in the records twice, and those who only share a home: without a card, billed now and then."""
    people: list[Person] = []
    for pair in house.trade.twice:
        number = 200 + len(people)
        rng = random.Random(f"{house.last_day} {house.trade.slug} {number}")  # noqa: S311
        home, phone = address(house.trade.country, rng), f"{house.trade.phone[:-2]}{number % 100 + 80}"
        for who in (pair.one, pair.other):
            joins = house.first_day + timedelta(days=rng.randrange(200))
            person = Person(house, 200 + len(people), who.name, who.email, Habit.BILLED, rng, joins)
            person.purchases, person.phone, person.home = 1, phone, home
            people.append(person)
    return people


def _person(house: House, number: int, called: tuple[str, str], habit: Habit) -> Person:
    rng = random.Random(f"{house.last_day} {house.trade.slug} {number}")  # noqa: S311
    # A business that grows: a fifth is there on the first day, and ever more people join over the year.
    joins = house.first_day + timedelta(days=0 if rng.random() < 0.2 else int(rng.random() ** 0.5 * (DAYS - 25)))
    person = Person(house, number, *called, habit=habit, rng=rng, joins_on=joins)
    person.brand = rng.choices(("visa", "mastercard", "amex"), (60, 32, 8))[0]
    person.anchor = rng.randrange(1, 32)
    person.plan = rng.choices(house.trade.plans, (6, 3, 1))[0] if habit is Habit.PLAN else None
    person.pays_by_bank = house.trade.debits and habit is Habit.PLAN and rng.random() < 0.12
    person.purchases = 1 if habit is Habit.BILLED else rng.randrange(1, 3)
    person.twists = tuple(twist for twist, share in _TWISTS[habit] if rng.random() < share)
    _adoption(person)
    return person


_OF_A_PLAN = (
    *((Twist.PAUSE, 0.06), (Twist.SKIP, 0.07), (Twist.DEARER, 0.06), (Twist.LEAVES, 0.15), (Twist.YEARLY, 0.12)),
    (Twist.BACKUP, 0.15),
)
_OF_A_BUYER = ((Twist.REFUND, 0.12), (Twist.DISPUTE, 0.02))
_TWISTS: dict[Habit, tuple[tuple[Twist, float], ...]] = {
    Habit.PLAN: _OF_A_PLAN,
    Habit.AUTO: _OF_A_BUYER,
    Habit.SHOP: _OF_A_BUYER,
    Habit.BILLED: ((Twist.CHEQUE, 0.5),),
}


def _adoption(person: Person) -> None:
    """Invited in waves over the first months; most come within days, some never."""
    house, rng = person.house, person.rng
    wave = house.first_day + timedelta(days=rng.choice((8, 75, 150, 225, 300)) + rng.randrange(4))
    first = max(person.joins_on + timedelta(days=1), wave)
    if person.habit is Habit.SHOP:
        first = person.joins_on + timedelta(days=rng.randrange(3))
    elif rng.random() > 0.9:
        return
    person.invited_on = first
    if rng.random() < _ADOPTION[person.habit]:
        person.confirms_on = first + timedelta(days=min(int(rng.expovariate(0.35)), 20))


_REASONS = (
    ("insufficient_funds", 44),
    ("generic_decline", 14),
    ("do_not_honor", 10),
    ("expired_card", 9),
    ("authentication_required", 8),
    ("card_velocity_exceeded", 5),
    ("lost_card", 4),
    ("try_again_later", 4),
    ("transaction_not_allowed", 2),
)
_OF_A_BANK = (("insufficient_funds", 8), ("account_closed", 1), ("late_return", 1))
_HARD = frozenset(
    {"expired_card", "lost_card", "transaction_not_allowed", "authentication_required", "account_closed", "late_return"}
)
_FAIL_SHARE = 0.21


def fate_of(person: Person, due: date) -> Fate:
    """What becomes of a person's automatic payment of that day."""
    if due in person.fates or person.lucky:
        return person.fates.get(due, Fate())
    rng = person.rng
    if rng.random() > _FAIL_SHARE:
        return Fate()
    reasons = _OF_A_BANK if person.pays_by_bank else _REASONS
    reason = rng.choices([name for name, _ in reasons], [weight for _, weight in reasons])[0]
    comes_back = rng.random()
    later = timedelta(hours=rng.randrange(3, 90), minutes=rng.randrange(60))
    if reason in _HARD:
        helps = comes_back < 0.66
        new_card = reason != "authentication_required"
        return Fate(reason, _ALWAYS, later if helps else None, new_card)
    if comes_back < 0.48:
        return Fate(reason, rng.choice((1, 1, 1, 2, 2, 3)))
    if comes_back < 0.78:
        return Fate(reason, _ALWAYS, later, new_card=rng.random() < 0.5)
    if comes_back < 0.90:
        return Fate(reason, _ALWAYS, promises=rng.randrange(3, 9), keeps=rng.random() < 0.6)
    return Fate(reason, _ALWAYS)


def day_in(rng: random.Random, first: date, last: date) -> date:
    """A day between two, as the dice fall."""
    return first + timedelta(days=rng.randrange(max((last - first).days, 0) + 1))
