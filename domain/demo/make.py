"""Makes the demo: three merchants, their people and a year of what happened, by our own use cases.

The past is played under a clock that is moved from event to event, against a processor in process. A demo of the same
last day and size shows the same names, amounts, days and outcomes; passwords, receipt numbers and ids differ.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from domain.accounts.passwords import hash_of
from domain.demo import console, lives, mark, story
from domain.demo.bank import Bank
from domain.demo.cast import DAYS, NEVER_PAYS, House, Person, crowd, twice
from domain.demo.clock import begin_at, offset
from domain.demo.logins import Login, Role, forget, keep, made_up_password
from domain.demo.logos import drawn_for
from domain.demo.play import Play
from domain.demo.trades import OPERATOR, TRADES, Colleague, Trade
from domain.events.record import Actor
from domain.merchants.gateway_accounts import connect
from domain.merchants.logo import set_logo
from domain.merchants.look import set_look
from domain.merchants.make import make_merchant
from domain.merchants.policy import change_policy
from domain.recoveries.ending import end_overdue
from integrations.gateways.registry import use_transport
from integrations.queue.wake import without_hints
from kit import clock
from kit.i18n import speaking
from kit.log import quietly
from models.base import connected, db, is_sqlite, unit_of_work
from models.merchants import Membership, Merchant, Staff
from models.merchants import Role as StaffRole
from models.work import Mail, MailState

START_HOUR = 12  # UTC, of the day after the last: New York has not collected yet on that day, Berlin and Tokyo have
_SENT_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """What was made."""

    first_day: date
    last_day: date
    begins_at: datetime  # the demo's present, at first
    customers: int


def begins_at(last_day: date) -> datetime:
    """The demo's first present: the same hour whenever it is made, so that every story stands as it is told."""
    return datetime.combine(last_day + timedelta(days=1), time(START_HOUR), tzinfo=UTC)


def make(*, bank: Bank, last_day: date, size: int = 75, watch: Callable[[float], None] = lambda _share: None) -> Made:
    """Fills an empty store with `size` ordinary customers a merchant besides the named ones. `watch` gets 0 to 1.

    In the end the demo's time, ours and the bank's, begins to run at `begins_at`.
    """
    first_day = last_day - timedelta(days=DAYS - 1)
    begin, end = datetime.combine(first_day, time(0), tzinfo=UTC) - timedelta(days=1), begins_at(last_day)

    def seen(moment: datetime) -> None:
        watch(min((moment - begin) / (end - begin), 1.0))

    with _undisturbed(), use_transport(bank.http), clock.stopped(begin) as stopped, speaking(zone="UTC"):
        mark.begun(last_day)
        forget()
        bank.stand_at(begin)
        play = Play(bank=bank, clock=stopped)
        houses = [_open(trade, first_day, last_day) for trade in TRADES]
        logins = [*_staff(houses)]
        everybody = _everybody(play, houses, size, logins)
        _plan_nights(play, end)
        play.run(end, seen)
        _script_the_rest(play)
        _send_the_past(end)
        for house in houses:
            console.furnish(house)
        begin_at(end)
        bank.run_ahead(offset())
        keep(sorted(logins, key=lambda login: list(Role).index(login.role)))
        mark.made(last_day, bank.cards())
    return Made(first_day, last_day, end, len(everybody))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """One connection, no fsync, no hints, no garbage collector: nobody else is here, and it can be made anew."""
    with connected(), without_hints(), quietly():
        gc.disable()
        if is_sqlite():
            db.execute_sql("PRAGMA synchronous=OFF")
        try:
            yield
        finally:
            gc.enable()
            if is_sqlite():
                db.execute_sql("PRAGMA synchronous=NORMAL")


def _open(trade: Trade, first_day: date, last_day: date) -> House:
    with unit_of_work():
        merchant = make_merchant(
            slug=trade.slug,
            name=trade.name,
            currency=trade.currency,
            country=trade.country,
            zone=trade.zone,
            brand=trade.brand,
            contact_email=trade.contact,
            contact_phone=trade.phone,
            hours=trade.hours,
            order_prefix=trade.prefix,
        )
    _dress(trade, merchant.id)
    change_policy(
        merchant=merchant.id,
        actor=Actor.COMMAND,
        tries=len(trade.tries),
        spacing=trade.tries,
        window_days=trade.window,
        explore_percent=trade.explores,
    )
    gateway = connect(merchant=merchant.id, secret_key=f"sk_test_demo_{trade.slug.replace('-', '_')}")
    return House(trade, merchant, gateway, first_day, last_day)


def _dress(trade: Trade, merchant: UUID) -> None:
    site = f"https://{trade.slug}.example.com"
    links = {
        "website": site,
        "help_url": f"{site}/help",
        "terms_url": f"{site}/terms",
        "privacy_url": f"{site}/privacy",
    }
    set_look(merchant=merchant, actor=Actor.COMMAND, changes=links)
    if logo := drawn_for(trade.slug, trade.brand):
        set_logo(merchant=merchant, file=logo, actor=Actor.COMMAND)


def _plan_nights(play: Play, end: datetime) -> None:
    """What the timetable does by itself, as far as it changes anything: once a week is enough for a past."""
    for weeks in range(1, DAYS // 7 + 1):
        play.at(end - timedelta(weeks=weeks, hours=5), "night", _night)


def _night() -> None:
    end_overdue()


def _staff(houses: list[House]) -> Iterator[Login]:
    for house in houses:
        for role, who in ((StaffRole.OWNER, house.trade.owner), (StaffRole.VIEWER, house.trade.viewer)):
            yield _hire(who, role.value, house.merchant, role)
        _hire(house.trade.manager, StaffRole.MANAGER.value, house.merchant, StaffRole.MANAGER)
    yield _hire(OPERATOR, "operator", None, None)


def _hire(who: Colleague, story_key: str, merchant: Merchant | None, role: StaffRole | None) -> Login:
    password, now = made_up_password(), clock.utc_now()
    with unit_of_work():
        staff = Staff.create(
            email=who.email,
            name=who.name,
            password_hash=hash_of(password),
            password_version=1,
            operator=merchant is None,
            created_at=now,
        )
        if merchant is not None:
            Membership.create(staff=staff, merchant=merchant, role=role, created_at=now)
    return Login(
        key=f"{merchant.slug if merchant else 'settle'}:{story_key}",
        role=Role.MERCHANT if merchant else Role.OPERATOR,
        name=who.name,
        email=who.email,
        password=password,
        slug=merchant.slug if merchant else "",
        merchant=merchant.name if merchant else "",
        story=story_key,
    )


def _everybody(play: Play, houses: list[House], size: int, logins: list[Login]) -> list[Person]:
    taken: set[str] = set()
    everybody: list[Person] = []
    nobodys = hash_of(made_up_password())
    for house in houses:
        for key, person in story.people_of(house, taken):
            logins.append(_login(key, person))
            story.begin(play, key, person)
            everybody.append(person)
        for person in (*crowd(house, size, taken), *twice(house)):
            person.password_hash = nobodys
            lives.begin(play, person)
            everybody.append(person)
    return everybody


def _login(key: str, person: Person) -> Login:
    trade = person.house.trade
    password = made_up_password() if person.confirms_on else ""
    person.password_hash = hash_of(password) if password else None
    role = Role.CUSTOMER if password else Role.PROSPECT
    return Login(f"{trade.slug}:{key}", role, person.name, person.email, password, trade.slug, trade.name, key)


def _script_the_rest(play: Play) -> None:
    """What tries still to come will meet."""
    for method, (step, fails) in play.luck.items():
        for_good = fails >= NEVER_PAYS
        play.bank.script(method, [step] if for_good else [step] * fails, for_good=for_good)


def _send_the_past(end: datetime) -> None:
    """Letters of the past count as sent; the last day's are still to go, so that the inbox has something to show."""
    with unit_of_work():
        Mail.update(state=MailState.SENT, sent_at=Mail.created_at, result="demo past").where(
            Mail.state == MailState.DUE, Mail.created_at < end - _SENT_AFTER
        ).execute()
