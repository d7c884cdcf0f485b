"""The people whom a visitor of the demo may be: each with a story that still stands on the demo's first day."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.demo import lives
from domain.demo.cast import NEVER_PAYS, Fate, Habit, House, Person
from domain.demo.play import Play
from domain.demo.trades import BIKES, COFFEE, YOGA
from models.orders import OrderSource

_CAST: dict[str, tuple[tuple[str, str], ...]] = {
    YOGA.slug: (
        ("declined", "Alex Morgan"),
        ("no-account", "Jordan Reyes"),
        ("debit-pending", "Sam Okafor"),
        ("confirm", "Kim Larsen"),
        ("exhausted", "Casey Novak"),
        ("comes-back", "Rosa Delgado"),
        ("expires", "Priya Raman"),
        ("paid", "Morgan Ellis"),
    ),
    COFFEE.slug: (
        ("declined", "Yuki Tanaka"),
        ("no-account", "Sora Watanabe"),
        ("exhausted", "Daichi Mori"),
        ("expires", "Emi Nakamura"),
        ("paid", "Kenji Ito"),
    ),
    BIKES.slug: (
        ("declined", "Lena Vogel"),
        ("no-account", "Malte Krueger"),
        ("confirm", "Ines Moreau"),
        ("paid", "Paul Neumann"),
    ),
}


@dataclass(frozen=True)
class Story:
    """A story as the front page tells it."""

    key: str
    headline: str
    text: str


STORIES: dict[str, Story] = {
    story.key: story
    for story in (
        Story(
            "declined",
            "Card declined yesterday, two orders open",
            "The bank said there was not enough money. Another try is planned. Pay now, with this card or a new one.",
        ),
        Story(
            "no-account",
            "Billed, no account yet",
            "Use this address for Create account. The confirmation arrives in the inbox.",
        ),
        Story(
            "debit-pending",
            "Bank debit on its way",
            "Pays by bank account. The debit began yesterday and takes four banking days.",
        ),
        Story(
            "confirm",
            "The bank wants a confirmation",
            "An automatic payment needs 3-D Secure: pay here, and press Approve on the bank's page.",
        ),
        Story(
            "exhausted",
            "All automatic tries were made",
            "The card failed four times. Only this person, with another card, can settle it now.",
        ),
        Story(
            "comes-back",
            "Failed once, will work at the next try",
            "Not enough money yesterday. Move the clock one day and see it come back.",
        ),
        Story(
            "expires",
            "Card expires soon",
            "Everything is paid. The monthly schedule goes on, but its card does not for long.",
        ),
        Story("paid", "Everything paid", "A quiet account with purchases and receipts."),
    )
}


def people_of(house: House, taken: set[str]) -> list[tuple[str, Person]]:
    """The named people of a merchant, with the key of their story."""
    return [
        (key, _person(house, number, key, name, taken))
        for number, (key, name) in enumerate(_CAST[house.trade.slug], start=1)
    ]


def _person(house: House, number: int, key: str, name: str, taken: set[str]) -> Person:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    taken.add(email)
    rng = random.Random(f"{house.last_day} {house.trade.slug} {key}")  # noqa: S311 - luck on a stage
    person = Person(house, number, name, email, habit=Habit.PLAN, rng=rng, joins_on=house.first_day)
    person.lucky, person.plan, person.last4 = (
        True,
        house.trade.plans[0],
        "9995",
    )  # not 4242: that is the card that a visitor adds
    person.invited_on = house.first_day + timedelta(days=8)
    person.confirms_on = house.first_day + timedelta(days=9)
    _SET_UP[key](person)
    return person


def begin(play: Play, key: str, person: Person) -> None:
    """Puts a story on the agenda: the person's life, and what the story adds to it."""
    lives.begin(play, person)
    house = person.house
    if key == "declined":
        _buys(play, person, days_ago=17, due_in=14)
    if key == "no-account":
        _buys(play, person, days_ago=16, due_in=14)
        _buys(play, person, days_ago=4, due_in=10, ware=1)
    if key in ("paid", "expires"):
        moment = house.moment(house.last_day - timedelta(days=40), 15, 20)
        play.at(moment, person.who, lambda: lives.buy_and_pay(play, person, house.trade.wares[0]))


def _buys(play: Play, person: Person, *, days_ago: int, due_in: int, ware: int | None = None) -> None:
    house: House = person.house
    day = house.last_day - timedelta(days=days_ago)
    what = house.trade.deposit if ware is None else house.trade.wares[ware]
    due = day + timedelta(days=due_in)
    play.at(
        house.moment(day, 11, 5),
        person.who,
        lambda: _ignore(lives.place(person, what, due=due, source=OrderSource.INVOICE)),
    )


def _ignore(_made: object) -> None:
    """An agenda's act answers nothing."""


def _fails(person: Person, days_ago: int, fate: Fate) -> None:
    """The automatic payment of that day, with that fate; the person's bills fall on that day of every month."""
    day = person.house.last_day - timedelta(days=days_ago)
    person.anchor = day.day
    person.fates[day] = fate


def _declined(person: Person) -> None:
    _fails(person, 0, Fate("insufficient_funds", 2 * NEVER_PAYS))


def _no_account(person: Person) -> None:
    person.habit, person.plan, person.invited_on, person.confirms_on = Habit.BILLED, None, None, None
    person.purchases = 0


def _debit_pending(person: Person) -> None:
    person.pays_by_bank = True
    person.anchor = person.house.last_day.day


def _confirm(person: Person) -> None:
    _fails(person, 1, Fate("authentication_required", 2 * NEVER_PAYS))


def _exhausted(person: Person) -> None:
    _fails(person, 9, Fate("insufficient_funds", 2 * NEVER_PAYS))


def _comes_back(person: Person) -> None:
    _fails(person, 0, Fate("insufficient_funds", 1))


def _expires(person: Person) -> None:
    near = person.house.last_day + timedelta(days=20)
    person.expires = date(near.year, near.month, 1)
    person.anchor = 12


def _paid(person: Person) -> None:
    person.anchor = (person.house.last_day - timedelta(days=8)).day


_SET_UP: dict[str, Callable[[Person], None]] = {
    "declined": _declined,
    "no-account": _no_account,
    "debit-pending": _debit_pending,
    "confirm": _confirm,
    "exhausted": _exhausted,
    "comes-back": _comes_back,
    "expires": _expires,
    "paid": _paid,
}
