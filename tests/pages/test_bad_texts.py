"""What merchants and customers may have written: scripts, 10 kB, emoji, right-to-left. Planted in every such text of
the store, past every check, and then every page is opened: whatever got in, it runs nowhere and breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from peewee import Model

from domain.mail.dress import message
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import merchant_facts
from kit.bidi import ISOLATE
from kit.clock import Stopped, utc_now
from models.customers import Account, Address, Customer
from models.merchants import Merchant
from models.methods import BillingSchedule, PaymentMethod
from models.orders import Adjustment, Order, OrderLine
from models.payments import Refund
from sandbox.inprocess import InProcess
from tests import every_page
from tests.pages.customer.conftest import Person
from tests.served import portal

WRITTEN: dict[type[Model], tuple[str, ...]] = {
    Customer: ("name", "phone"),
    Account: ("name",),
    Address: ("name", "company", "street", "city", "region", "district", "postcode", "sorting_code"),
    Merchant: ("name", "contact_phone", "hours"),
    Order: ("title",),
    OrderLine: ("title",),
    Adjustment: ("note",),
    PaymentMethod: ("nickname", "brand"),
    BillingSchedule: ("title",),
    Refund: ("reason",),
}
HOSTILE = "\"'><script>hostile()</script><img src=x onerror=hostile()> 🧘‍♀️ {{ 7*191 }} %(name)s %s שלום"
LONG = HOSTILE + "W" * 10_000
HEBREW = "שלום"


class Read(HTMLParser):
    """A page as a browser takes it apart: what would run, and which foreign words stand without isolation."""

    _EMPTY = frozenset({"meta", "link", "input", "img", "br", "hr", "path", "source", "circle", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.running: list[str] = []
        self.loose: list[str] = []
        self.shown = 0
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what would run."""
        given = dict(attrs)
        if any(name.startswith("on") for name in given) or given.get("src") == "x":
            self.running.append(self.get_starttag_text() or tag)
        if any((given.get(name) or "").strip().lower().startswith("javascript:") for name in ("href", "src", "action")):
            self.running.append(self.get_starttag_text() or tag)
        if tag not in self._EMPTY:
            self._open.append((tag, tag in ("bdi", "title", "option") or "dir" in given))

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Notes the foreign words."""
        if self._open and self._open[-1][0] in ("script", "style") and "hostile" in data:
            self.running.append(data[:80])
        if HEBREW in data:
            self.shown += 1
            if ISOLATE not in data and not any(isolated for _tag, isolated in self._open):
                self.loose.append(data.strip()[-60:])


@pytest.fixture
def server(sqlite_store: str, sandbox: InProcess, clock: Stopped) -> Iterator[Flask]:
    """The portal with its real routes and views."""
    made = portal()
    made.test_client().get("/healthz")
    yield made


@pytest.mark.parametrize("text", [HOSTILE, LONG], ids=["hostile", "10 kB"])
def test_no_text_of_anybodys_runs_or_breaks_a_page(server: Flask, clock: Stopped, text: str) -> None:
    life = every_page.life(clock)
    for model, names in WRITTEN.items():
        model.update(dict.fromkeys(names, text)).execute()
    wrong, shown = [], 0
    for page in every_page.pages(server, life):
        client = life.browser(server, page.person)
        answer = client.get(page.path)
        html = answer.text if answer.mimetype == "text/html" else ""
        if page.dash and answer.status_code == 200:
            html += Person(life.alex.customer, life.alex.account, client, "/p/harbor").page(page.path)
        read = Read(html)
        shown += read.shown
        wrong += [f"{page.rule}: not isolated: {each}" for each in read.loose]
        if answer.status_code not in (200, 303):
            wrong.append(f"{page.rule}: {answer.status_code}")
        wrong += [f"{page.rule}: would run {each}" for each in read.running]
        if "1337" in html:
            wrong.append(f"{page.rule}: a template was read in a text")
    assert wrong == [], "\n".join(wrong)
    assert shown > 40, "the texts must be on the pages, or this proves nothing"


def test_a_mail_keeps_them_apart_too(server: Flask, clock: Stopped) -> None:
    life = every_page.life(clock)
    Merchant.update(name=HOSTILE + "\r\nBcc: everybody@example.com", hours=HOSTILE).execute()
    house = merchant_facts(life.alex.merchant.slug)
    letter = Letter(subject=f"Hello\r\nBcc: all@example.com {HOSTILE}", heading=HOSTILE, first=(LONG,), why=HOSTILE)
    made = message(letter, Envelope({}, "ann@example.com", HOSTILE, house), mail_id="1", made_at=utc_now())
    assert Read(made.get_body(("html",)).get_content()).running == []
    assert made["Bcc"] is None and "\n" not in str(made["Subject"])
