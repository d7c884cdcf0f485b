"""The people whom a visitor of the demo may be: each with a story that still stands on the demo's first day.

What a demo of any size must have (a backup that stood in, promises kept and broken, a cheque) is in their pasts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.demo import lives, twists
from domain.demo.cast import NEVER_PAYS, Fate, Habit, House, Person, Twist
from domain.demo.play import Play
from domain.demo.trades import BIKES, COFFEE, YOGA
from domain.schedules.dates import keeps_anchor
from kit.calendar import add_banking_days, banking_day_from
from models.methods import Cadence
from models.orders import Order, OrderSource

_CAST: dict[str, tuple[tuple[str, str], ...]] = {
    YOGA.slug: (
        ("declined", "Alex Morgan"),
        ("no-account", "Jordan Reyes"),
        ("debit-pending", "Sam Okafor"),
        ("confirm", "Kim Larsen"),
        ("exhausted", "Casey Novak"),
        ("comes-back", "Rosa Delgado"),
        ("expires", "Priya Raman"),
        ("returned", "Dana Whitman"),
        ("promised", "Tomas Rivera"),
        ("paid", "Morgan Ellis"),
    ),
    COFFEE.slug: (
        ("declined", "Yuki Tanaka"),
        ("no-account", "Sora Watanabe"),
        ("exhausted", "Daichi Mori"),
        ("expires", "Emi Nakamura"),
        ("paused", "Hana Kobayashi"),
        ("paid", "Kenji Ito"),
    ),
    BIKES.slug: (
        ("declined", "Lena Vogel"),
        ("no-account", "Malte Krueger"),
        ("confirm", "Ines Moreau"),
        ("refunded", "Clara Engel"),
        ("disputed", "Felix Otto"),
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
            "Pays by bank account. The debit has begun and takes four banking days.",
        ),
        Story(
            "confirm",
            "The bank wants a confirmation",
            "An automatic payment needs 3-D Secure: pay here, and press Approve on the bank's page.",
        ),
        Story(
            "exhausted",
            "All automatic tries were made",
            "The card failed each time. Only this person, with another card, can settle it now.",
        ),
        Story(
            "comes-back",
            "Failed once, will work at the next try",
            "The bank said no yesterday. Move the clock one day and see it come back.",
        ),
        Story(
            "expires",
            "Card expires soon",
            "Everything is paid. The monthly schedule goes on, but its card does not for long.",
        ),
        Story(
            "returned",
            "A bank debit came back late",
            "It was paid three weeks ago; the bank has returned the debit since. The order is owed again.",
        ),
        Story(
            "promised",
            "Has promised to pay",
            "The card was declined, and another date was set. Tries wait until then.",
        ),
        Story(
            "paused",
            "Schedule paused",
            "On a journey: nothing is billed for some weeks, then it goes on by itself.",
        ),
        Story(
            "refunded",
            "Two refunds",
            "A purchase was given back in full, a part of the last bill too.",
        ),
        Story(
            "disputed",
            "A payment disputed at the bank",
            "Paid, and then disputed at the card's bank. The order waits for what the network decides.",
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
    joins = house.first_day + timedelta(days=31 * (number - 1) % 210)
    person = Person(house, number, name, email, habit=Habit.PLAN, rng=rng, joins_on=joins)
    person.lucky, person.plan = True, house.trade.plans[0]
    person.last4 = "9995"  # not 4242: that is the card that a visitor adds
    person.invited_on = joins + timedelta(days=8)
    person.confirms_on = joins + timedelta(days=9)
    _SET_UP[key](person)
    return person


def begin(play: Play, key: str, person: Person) -> None:
    """Puts a story on the agenda: the person's life, and what the story adds to it."""
    lives.begin(play, person)
    house = person.house

    def on(days_ago: int, act: Callable[[], object], hour: int = 15) -> None:
        moment = house.moment(house.last_day - timedelta(days=days_ago), hour, 20)
        play.at(moment, person.who, lambda: _ignore(act()))

    if key == "declined":
        _buys(play, person, days_ago=17, due_in=14)
    if key == "no-account":
        _buys(play, person, days_ago=16, due_in=14)
        _buys(play, person, days_ago=4, due_in=10, ware=1)
        on(95, lambda: _pays_by_cheque(play, person))
    if key in ("paid", "expires"):
        on(40, lambda: lives.buy_and_pay(play, person, house.trade.wares[0]))
    if key == "paid" and house.trade is COFFEE:
        on(60, lambda: twists.leave_one_out(play, person))
    if key == "paused":
        on(12, lambda: twists.rest(play, person))
    if key == "returned":
        on(2, lambda: twists.taken_back(play, _latest(person), **{"return": "R01"}))
    if key == "refunded":
        on(20, lambda: lives.buy_and_pay(play, person, house.trade.wares[1]))
        on(6, lambda: twists.give_back(play, person, _latest(person, house.trade.wares[1].title), whole=True))
        on(1, lambda: twists.give_back(play, person, _latest(person), whole=False))
    if key == "disputed":
        on(14, lambda: lives.buy_and_pay(play, person, house.trade.wares[0]))
        on(3, lambda: twists.taken_back(play, _latest(person, house.trade.wares[0].title)))


def _latest(person: Person, title: str = "") -> UUID:
    """The person's latest order that is paid; of that title, else the latest bill of the schedule."""
    mine = (Order.customer == person.customer) & (Order.open == 0)
    which = (Order.title == title) if title else Order.schedule.is_null(False)
    found: UUID = Order.select().where(mine, which).order_by(Order.due_on.desc()).get().id
    return found


def _pays_by_cheque(play: Play, person: Person) -> None:
    house = person.house
    order = lives.place(person, house.trade.wares[2], due=house.last_day, source=OrderSource.INVOICE)
    person.twists = (Twist.CHEQUE,)
    twists.bought(play, person, order)


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


def _failed_before(person: Person, months: int, fate: Fate) -> None:
    """The automatic payment so many months before the last day, with that fate."""
    day = person.house.last_day - timedelta(days=30 * months)
    while not keeps_anchor(day, cadence=Cadence.MONTH, anchor_day=person.anchor):
        day -= timedelta(days=1)
    person.fates[day] = fate


def _declined(person: Person) -> None:
    _fails(person, 0, Fate("insufficient_funds", 2 * NEVER_PAYS))


def _no_account(person: Person) -> None:
    person.habit, person.plan, person.invited_on, person.confirms_on = Habit.BILLED, None, None, None
    person.purchases = 0


def _debit_pending(person: Person) -> None:
    """The debit begins on the last banking day that is over, so that it is on its way when the demo begins."""
    person.pays_by_bank = True
    day = person.house.last_day
    while banking_day_from(day) != day:
        day -= timedelta(days=1)
    person.anchor = day.day


def _returned(person: Person) -> None:
    """The debit had settled four banking days after it began, more than two weeks before it came back."""
    person.pays_by_bank = True
    day = person.house.last_day - timedelta(days=24)
    assert add_banking_days(day, 6) < person.house.last_day - timedelta(days=2)
    person.anchor = day.day


def _confirm(person: Person) -> None:
    _fails(person, 1, Fate("authentication_required", 2 * NEVER_PAYS))


def _exhausted(person: Person) -> None:
    """All tries were made: the window that the merchant gives them ended on the last day."""
    _fails(person, person.house.trade.window, Fate("insufficient_funds", 2 * NEVER_PAYS))


def _comes_back(person: Person) -> None:
    _fails(person, 0, Fate("generic_decline", 1))
    _failed_before(person, 3, Fate("insufficient_funds", NEVER_PAYS, promises=4, keeps=True))


def _promised(person: Person) -> None:
    _fails(person, 3, Fate("insufficient_funds", 2 * NEVER_PAYS, promises=8, keeps=False))


def _paused(person: Person) -> None:
    person.anchor = (person.house.last_day - timedelta(days=20)).day


def _expires(person: Person) -> None:
    near = person.house.last_day + timedelta(days=20)
    person.expires = date(near.year, near.month, 1)
    person.anchor = 12


def _paid(person: Person) -> None:
    """Quiet by now: in the months before, a backup has stood in (Portland), and a promise was broken (Kyoto)."""
    person.anchor = (person.house.last_day - timedelta(days=8)).day
    if person.house.trade is YOGA:
        person.twists = (Twist.BACKUP, Twist.YEARLY)
        _failed_before(person, 2, Fate("insufficient_funds", NEVER_PAYS))
    if person.house.trade is COFFEE:
        _failed_before(person, 3, Fate("insufficient_funds", 2, promises=3, keeps=False))
    if person.house.trade is BIKES:
        person.twists = (Twist.DEARER,)


def _quiet(person: Person) -> None:
    person.anchor = (person.house.last_day - timedelta(days=10)).day


_SET_UP: dict[str, Callable[[Person], None]] = {
    "declined": _declined,
    "no-account": _no_account,
    "debit-pending": _debit_pending,
    "confirm": _confirm,
    "exhausted": _exhausted,
    "comes-back": _comes_back,
    "expires": _expires,
    "returned": _returned,
    "promised": _promised,
    "paused": _paused,
    "refunded": _quiet,
    "disputed": _quiet,
    "paid": _paid,
}
