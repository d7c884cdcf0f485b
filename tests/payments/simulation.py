"""One seeded run of the real payment code against the sandbox, with everybody pressing, retrying and failing at once.

`simulate(seed)` says what ended wrong. Real: reserve, ask, judge, record, sweep, hints, recoveries, the driver, the
store. Made up: the network (weather.py), who does what when, and the clock.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pytest import MonkeyPatch

from domain.methods import consent as consents
from domain.orders.owed import outstanding
from domain.payments import again, hints, intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.payments.resolve import give_up, look
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from integrations.gateways import registry
from integrations.gateways.base import MethodKind
from kit import clock as kit_clock
from kit import ids
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import DomainError
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import GatewayAccount
from models.methods import Consent, PaymentMethod
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment, PlannedTry, TryState
from models.work import Event, WebhookEvent
from sandbox import intents, methods
from sandbox.endpoints import TIMERS
from sandbox.inprocess import InProcess
from sandbox.webhooks import sign
from tests import factory
from tests.payments.verdict import verdict
from tests.payments.weather import Killed, Weather, steps_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MONEY = (Work.ATTEMPT, Work.WEBHOOK, Work.COLLECT, Work.RETRY)
CARDS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_visa_chargeDeclinedLostCard",
    "pm_card_authenticationRequired",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    "pm_usBankAccount_success",
    "pm_usBankAccount_insufficientFunds",
    "pm_usBankAccount_accountClosed",
    "pm_usBankAccount_processing",
)
BEHAVIOURS = ("approve", "approve", "insufficient_funds", "timeout_after", "timeout_before", "lost_card")


@dataclass
class Tab:
    """A pay page that somebody has open: what it showed, maybe long ago."""

    handle: str
    seen: int
    press: int


@dataclass
class Told:
    """What became of a run: what is wrong, and what happened, so that a quiet run is not taken for a good one."""

    wrong: list[str]
    happened: Counter[str]


@dataclass
class Run:
    """One customer, two or three orders, three methods, two tabs, the clock, the workers, the bank, the network."""

    seed: int
    clock: kit_clock.Stopped
    sandbox: InProcess
    sweeps: bool = True
    chance: random.Random = field(init=False)
    weather: Weather = field(init=False)
    tabs: list[Tab] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    depth: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.weather = Weather(self.sandbox.world, self.chance, self.meanwhile)

    def furnish(self) -> None:
        """A fair day: customer, methods, orders, two of them automatic."""
        self.weather.calm = True
        self.move(timedelta())
        shop = factory.merchant(collect_hour=7)  # it is seven in New York: due at once
        self.customer: Customer = factory.customer(shop)
        with unit_of_work():
            signed_in = Account.create(
                merchant=shop, email=self.customer.email, name="Alex", confirmed_at=utc_now(), created_at=utc_now()
            )
            Access.create(account=signed_in, customer=self.customer, source=AccessSource.SELF, granted_at=utc_now())
        self.buyer = Buyer(self.customer.id, signed_in.id)
        chosen = ["pm_card_visa", *self.chance.sample(CARDS[1:], 2)]
        self.methods: list[PaymentMethod] = [factory.method(self.customer, token) for token in chosen]
        for card in self.methods:
            if card.kind == MethodKind.BANK:  # as one that was added on the hosted page
                account = self.sandbox.world.store.get(card.gateway_ref)
                assert account is not None
                methods.make_mandate(self.sandbox.world, account, {"type": "offline", "accepted_at": 0, "offline": {}})
        for n in range(self.chance.randint(1, 2)):
            factory.order(self.customer, 1000 + n)
        on = self.chance.choice(self.methods)
        factory.automatic(self.customer, on, factory.consented(self.customer, on), 5000)
        self.weather.calm = False

    # -- who does what ----------------------------------------------------------------------------------------------

    def play(self, steps: int) -> None:
        """So many turns, each by somebody."""
        for _turn in range(steps):
            self.turn()

    def turn(self) -> None:
        """Somebody does something, and may die of it."""
        name, act = self.chance.choices(self._acts, weights=self._weights)[0]
        self.happened[name] += 1
        self.guarded(act)

    def guarded(self, act: Callable[[], None]) -> None:
        """A process of its own: its death and its answers stay with it; anything else is a bug."""
        self.depth += 1
        try:
            act()
        except Killed:
            self.happened["killed"] += 1
        except (DomainError, hints.SignatureInvalid) as answer:
            self.happened[type(answer).__name__] += 1
        except Exception as problem:
            self.crashes.append(f"{type(problem).__name__}: {problem}"[:200])
        finally:
            self.depth -= 1

    def meanwhile(self) -> None:
        """While somebody waits for the network: others go on, or a long time passes and the sweeper comes."""
        if self.depth > 3:
            return
        self.happened["overtaken"] += 1
        if self.chance.random() < 0.3:
            self.move(timedelta(seconds=self.chance.choice((61, 61, 90, 90, 600, 90000))))
            self.guarded(self.sweep)
        else:
            self.turn()

    @property
    def _acts(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("open", self.open_tab),
            ("press", self.press),
            ("sweep", self.sweep),
            ("job again", self.job_again),
            ("hint", self.hint),
            ("bank", self.bank),
            ("another card", self.another_card),
            ("look", self.look),
            ("time", self.pass_time),
            ("late request", self.weather.arrive),
            ("outage", self.outage),
            ("behave", self.behave),
            ("revoke", self.revoke),
        ]

    _weights = (7, 18, 8, 5, 8, 6, 4, 4, 8, 6, 1, 2, 0.3)

    def open_tab(self) -> None:
        """Opens the pay page or loads it again."""
        views = [view.id for view in outstanding(self.customer.id) if view.payable]
        if not views:
            return
        chosen = self.chance.sample(views, self.chance.randint(1, min(2, len(views))))
        handle = intention.begin(buyer=self.buyer, orders=chosen)
        shown = intention.selection(handle, buyer=self.buyer)
        self.tabs = [*self.tabs[-1:], Tab(handle, shown.total.minor, shown.press)]

    def press(self) -> None:
        """Presses Pay in one of the tabs, as it was when it was loaded; sometimes twice."""
        if not self.tabs:
            self.open_tab()
        if not self.tabs:
            return
        tab, card = self.chance.choice(self.tabs), self.chance.choice(self.methods)
        if self.chance.random() < 0.3:
            shown = intention.selection(tab.handle, buyer=self.buyer)
            tab.seen, tab.press = shown.total.minor, shown.press
        for _press in range(self.chance.choice((1, 1, 2))):
            wish = Pressed(tab.handle, card.id, tab.seen, tab.press, "203.0.113.9", "test")
            self.guarded(lambda wish=wish: press(wish, buyer=self.buyer))  # type: ignore[misc]
        if self.chance.random() < 0.6:
            tab.press += 1  # a form that claims to be a new press, though the page was not loaded again

    def sweep(self) -> None:
        """The clock finds what is due; workers do it, each in a process of its own."""
        for row in due(utc_now()):
            if row.kind in MONEY and (self.sweeps or row.kind != Work.ATTEMPT):
                self.guarded(lambda row=row: perform(row.kind, row.id))  # type: ignore[misc]

    def job_again(self) -> None:
        """The queue delivers an old job once more."""
        rows: list[tuple[Work, UUID]] = [(Work.COLLECT, row.id) for row in Order.select()]
        rows += [(Work.RETRY, row.id) for row in PlannedTry.select()]
        rows += [(Work.WEBHOOK, row.id) for row in WebhookEvent.select()]
        if self.sweeps:
            rows += [(Work.ATTEMPT, row.id) for row in Attempt.select()]
        perform(*self.chance.choice(rows))

    def hint(self, event: Any = None) -> None:
        """The processor tells of something: any event, in any order, again and again."""
        events = self.sandbox.world.store.every("event")
        told = event or (self.chance.choice(events) if events else None)
        if told is None:
            return
        body = json.dumps(told.body)
        door: GatewayAccount = factory.gateway_account(self.customer.merchant)
        signature = sign(body, "whsec_test", int(utc_now().timestamp()))
        hints.receive(path_token=door.path_token, body=body.encode(), signature=signature)

    def bank(self) -> None:
        """The person answers the bank's question, and may or may not come back to us."""
        waiting = [
            thing
            for thing in self.sandbox.world.store.every("payment_intent")
            if thing.body["status"] == "requires_action"
        ]
        if not waiting:
            return
        asked = self.chance.choice(waiting)
        with self.sandbox.world.store.work():
            intents.answer_bank(self.sandbox.world, asked, self.chance.random() < 0.7)
        if self.chance.random() < 0.5:
            look(UUID(asked.body["metadata"]["settle_attempt"]))

    def _open_attempts(self) -> list[Attempt]:
        return [row for row in Attempt.select() if row.closed_at is None]

    def another_card(self) -> None:
        """*Use another card*, on a payment that waits for the bank or on any other."""
        rows = list(Attempt.select())
        if rows:
            attempt = self.chance.choice(self._open_attempts() or rows)
            if self.chance.random() < 0.5:
                give_up(attempt.id, deadline=Deadline.within(10))
            else:
                again.pay_differently(payment=attempt.payment_id, buyer=self.buyer)

    def look(self) -> None:
        """A page that waits asks."""
        rows = self._open_attempts()
        if rows and self.sweeps:
            look(self.chance.choice(rows).id)

    def pass_time(self) -> None:
        """Seconds mostly, days at times."""
        self.move(timedelta(seconds=self.chance.choice((1, 1, 4, 4, 15, 15, 61, 61, 61, 400, 1900, 7200, 90000))))
        self.weather.outage = self.weather.outage and self.chance.random() < 0.5

    def move(self, by: timedelta) -> None:
        """Our clock and the sandbox's day together."""
        self.clock.advance(by)
        self.sandbox.world.set_day(standing=self.clock.at.timestamp())
        self.sandbox.world.fire(TIMERS)

    def outage(self) -> None:
        """The processor goes away, or comes back."""
        self.weather.outage = not self.weather.outage

    def behave(self) -> None:
        """The bank changes its mind about a card."""
        card = self.chance.choice(self.methods)
        if card.kind == "card":
            self.sandbox.world.plan(card.gateway_ref, [self.chance.choice(BEHAVIOURS)], repeat_last=False)

    def revoke(self) -> None:
        """The customer withdraws a consent."""
        row = self.chance.choice(list(Consent.select()))
        consents.revoke(customer=self.customer.id, consent=row.id)

    # -- how it ends ----------------------------------------------------------------------------------------------

    def settle_down(self) -> None:
        """Fair weather again: late requests arrive, every hint comes once more, and what is due is done, day by day."""
        self.weather.calm = True
        while self.weather.delayed:
            self.weather.arrive()
        for event in self.sandbox.world.store.every("event"):
            if event.body["type"].startswith("payment_intent.") and self.chance.random() < 0.5:
                self.guarded(lambda event=event: self.hint(event))  # type: ignore[misc]
        end = self.clock.at + timedelta(days=22)
        for turn in range(300):
            at = self._next_due()
            if at is None or at > end:
                break
            least = timedelta(hours=6 if turn > 30 else 0)  # what waits for a held order asks every ten minutes
            self.move(max(at - self.clock.at, least))
            self.sweep()
        else:
            waits = [f"{row.kind} {row.id}" for row in due(utc_now()) if row.kind in MONEY]
            self.crashes.append(f"it never comes to rest: {waits}")
        self.move(timedelta(days=2))
        self.sweep()

    def _next_due(self) -> datetime | None:
        """When somebody must do something next."""
        times = [row.next_look_at for row in Attempt.select(Attempt.next_look_at) if self.sweeps]
        times += [row.collect_at for row in Order.select(Order.collect_at)]
        times += [
            row.due_at for row in PlannedTry.select(PlannedTry.due_at).where(PlannedTry.state == TryState.PLANNED)
        ]
        times += [row.due_at for row in WebhookEvent.select(WebhookEvent.due_at)]
        return min((at for at in times if at is not None), default=None)

    def told(self) -> Told:
        """The judgement over the whole run."""
        for attempt in Attempt.select(Attempt.state):
            self.happened[f"attempt {attempt.state}"] += 1
        reviewed = Event.select().where(Event.kind == "attempt.needs_a_person").count()
        self.happened["went to review"] += reviewed
        self.happened["payments"] += Payment.select().count()
        in_review = Attempt.select().where(Attempt.state == AttemptState.REVIEW).count()
        self.happened["in review at the end"] += in_review
        return Told([*verdict(self.sandbox), *(f"crash: {text}" for text in self.crashes)], self.happened)


class _Counting:
    """Keys in the order in which they are made, so that a seed always plays the same run."""

    def __init__(self) -> None:
        self._last = int(NOON.timestamp()) * 1000

    def time_ns(self) -> int:
        """A millisecond later each time."""
        self._last += 1
        return self._last * 1_000_000


@contextmanager
def _world(seed: int, sweeps: bool) -> Iterator[Run]:
    with ExitStack() as stack:
        clock = stack.enter_context(kit_clock.stopped(NOON))
        sandbox = InProcess()
        stack.callback(sandbox.close)
        run = Run(seed, clock, sandbox, sweeps)
        patch = stack.enter_context(MonkeyPatch.context())
        patch.setattr(ids, "time", _Counting())
        stack.enter_context(registry.use_transport(lambda: run.weather))
        stack.enter_context(steps_of(run.weather))
        yield run


def simulate(seed: int, *, steps: int = 40, sweeps: bool = True) -> Told:
    """One run in the store that is configured and empty. `sweeps=False`: nobody ever looks at open attempts."""
    with _world(seed, sweeps) as run:
        run.furnish()
        run.play(steps)
        run.settle_down()
        return run.told()
