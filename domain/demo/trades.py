"""The demo's three merchants: what each sells, where, in which money, and who works there."""

from __future__ import annotations

from dataclasses import dataclass

from models.methods import Cadence


@dataclass(frozen=True)
class Plan:
    """Something billed again and again. `price` in minor units."""

    title: str
    price: int
    cadence: Cadence = Cadence.MONTH


@dataclass(frozen=True)
class Ware:
    """Something bought once in a while. `price` in minor units."""

    title: str
    price: int


@dataclass(frozen=True)
class Colleague:
    """A person who works for a merchant."""

    name: str
    email: str


@dataclass(frozen=True)
class Twice:
    """Two records with one phone and one address: the same person written differently, or a household."""

    one: Colleague
    other: Colleague


@dataclass(frozen=True)
class Trade:
    """One merchant of the demo."""

    slug: str
    name: str
    trade: str
    currency: str
    country: str
    zone: str
    brand: str
    prefix: str
    phone: str
    hours: str
    names: str  # whose first and last names its customers mostly have: people.py
    plans: tuple[Plan, ...]
    yearly: Plan
    wares: tuple[Ware, ...]
    deposit: Ware  # what stands open in the stories
    owner: Colleague
    manager: Colleague
    viewer: Colleague
    invited: Colleague  # has not come in yet
    twice: tuple[Twice, ...]
    tries: tuple[int, ...] = (1, 2, 3, 5, 7, 10, 15, 24)  # days after a failure, as the merchant has decided
    window: int = 27
    explores: int = 10  # percent of tries that are made at another moment, so that timing can be judged
    debits: bool = False  # some pay by bank account (USD only)

    @property
    def contact(self) -> str:
        """Where its customers write to."""
        return f"hello@{self.slug}.example.com"


YOGA = Trade(
    slug="harbor-yoga",
    name="Harbor Yoga",
    trade="Yoga studio in Portland, Maine",
    currency="USD",
    country="US",
    zone="America/New_York",
    brand="#0f5c5c",
    prefix="HY",
    phone="(555) 010-0100",
    hours="Weekdays 9 to 5",
    names="american",
    plans=(Plan("Monthly membership", 8900), Plan("Morning classes", 5900), Plan("Family membership", 14900)),
    yearly=Plan("Year of classes", 79000, Cadence.YEAR),
    wares=(
        Ware("Yoga mat and blocks", 6400),
        Ware("Ten-class pass", 16000),
        Ware("Workshop: backs and shoulders", 4500),
        Ware("Private lesson", 7500),
        Ware("Weekend intensive", 21000),
    ),
    deposit=Ware("Retreat deposit", 9550),
    owner=Colleague("Nora Whitfield", "nora.whitfield@example.org"),
    manager=Colleague("Imani Clarke", "imani.clarke@example.org"),
    viewer=Colleague("Theo Brandt", "theo.brandt@example.org"),
    invited=Colleague("Luis Ferreira", "luis.ferreira@example.org"),
    twice=(
        Twice(
            Colleague("Olivia Castellano", "o.castellano@example.com"),
            Colleague("Castellano, Olivia", "olivia@example.org"),
        ),
        Twice(
            Colleague("Ruth Ashworth", "ruth.ashworth@example.com"),
            Colleague("Ben Lindqvist", "ben.lindqvist@example.com"),
        ),
    ),
    debits=True,
    explores=0,
)

COFFEE = Trade(
    slug="kumo-coffee",
    name="Kumo Coffee",
    trade="Coffee roaster in Kyoto",
    currency="JPY",
    country="JP",
    zone="Asia/Tokyo",
    brand="#8a3b2a",
    prefix="KC",
    phone="+81 75-010-0142",
    hours="Every day 10 to 18",
    names="japanese",
    plans=(Plan("Beans every month", 3240), Plan("Two bags every month", 5980), Plan("Office coffee", 18400)),
    yearly=Plan("Machine service, yearly", 22000, Cadence.YEAR),
    wares=(
        Ware("Hand grinder", 12800),
        Ware("Drip kettle", 9600),
        Ware("Tasting set, six roasts", 4800),
        Ware("Evening class: latte art", 6500),
        Ware("Gift box", 5400),
    ),
    deposit=Ware("Espresso machine, last part", 38500),
    owner=Colleague("Haruka Sato", "haruka.sato@example.org"),
    manager=Colleague("Mio Kuroda", "mio.kuroda@example.org"),
    viewer=Colleague("Ren Fujimoto", "ren.fujimoto@example.org"),
    invited=Colleague("Asahi Kimura", "asahi.kimura@example.org"),
    twice=(
        Twice(Colleague("Nanami Shimada", "n.shimada@example.com"), Colleague("Shimada Nanami", "nanami@example.org")),
        Twice(
            Colleague("Keiko Nagase", "keiko.nagase@example.com"),
            Colleague("Thomas Bright", "thomas.bright@example.com"),
        ),
    ),
    tries=(1, 3, 7, 12),
    window=14,
)

BIKES = Trade(
    slug="lindenhof-bikes",
    name="Lindenhof Bikes",
    trade="Bicycle workshop and rental in Leipzig",
    currency="EUR",
    country="DE",
    zone="Europe/Berlin",
    brand="#2f5fb3",
    prefix="LB",
    phone="+49 341 010 0170",
    hours="Monday to Saturday 10 to 18",
    names="european",
    plans=(Plan("Bicycle by the month", 3990), Plan("Cargo bike by the month", 9900), Plan("Care plan", 1490)),
    yearly=Plan("Theft insurance, yearly", 7900, Cadence.YEAR),
    wares=(
        Ware("Winter service", 8900),
        Ware("New chain and cassette", 11450),
        Ware("Dynamo light, fitted", 13900),
        Ware("Wheel truing", 3500),
        Ware("Child seat", 12900),
    ),
    deposit=Ware("Brake service", 7650),
    owner=Colleague("Jonas Lindner", "jonas.lindner@example.org"),
    manager=Colleague("Birte Hagen", "birte.hagen@example.org"),
    viewer=Colleague("Amira Haddad", "amira.haddad@example.org"),
    invited=Colleague("Ole Brinkmann", "ole.brinkmann@example.org"),
    twice=(
        Twice(
            Colleague("Magdalena Reuter", "m.reuter@example.com"), Colleague("Magdalene Reuter", "magda@example.org")
        ),
        Twice(
            Colleague("Henning Voss", "henning.voss@example.com"), Colleague("Aylin Toprak", "aylin.toprak@example.com")
        ),
    ),
    tries=(1, 2, 4, 6, 9),
    window=10,
)

TRADES = (YOGA, COFFEE, BIKES)
OPERATOR = Colleague("Robin Castillo", "robin.castillo@example.org")
