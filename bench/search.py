"""How fast the console's search and customer list are: `python bench/search.py [CUSTOMERS]`, into a new SQLite store.

`DATABASE_URL` names another, empty store (PostgreSQL). Two merchants with so many customers each (100,000), each with
an order, a payment, a receipt and a card. Prints, for each kind of question, the median and the longest of nine
answers in milliseconds (what the domain takes, without the page), and the median of this process's own processor
time: on a busy machine, and with SQLite, the better figure.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from waves.rows import merchant, put

from domain.customers import listing
from domain.customers.folded import folded
from domain.customers.looked_for import read
from domain.customers.search import search
from integrations.gateways.base import MethodKind
from kit import config
from kit.clock import utc_now
from kit.ids import uuid7
from models import base, schema
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import GatewayAccount
from models.methods import Consent, ConsentScope, PaymentMethod
from models.orders import Collect, Order, OrderSource
from models.payments import Allocation, Attempt, AttemptState, Origin, Payment, PaymentState, Receipt, Recovery

FIRST = "Ana Bea Chen Élodie Fatima Grace Hugo Ines João Kim Łukasz Maria Nils Olga Rosa Søren Zoë 李伟 أحمد"
LAST = "Abel Brown Castro Dubois Eriksen Fischer García Haddad Ivanov Jensen Kowalski López Müller Nguyen Okafor Petrov"
ZONE, TIMES, PART = "America/New_York", 9, 20_000


def fill(count: int) -> GatewayAccount:
    """Customers with all that is searched for."""
    account = merchant()
    for start in range(0, count, PART):
        _some(account, range(start, min(start + PART, count)))
    return account


def _some(account: GatewayAccount, numbers: range) -> None:
    draw, owner, now = random.Random(numbers.start), account.merchant_id, utc_now()
    people, rest = [], []
    for n in numbers:
        name = f"{draw.choice(FIRST.split())} {draw.choice(LAST.split())}"
        own = {"name": name, "email": f"person{n}@example.com", "phone": f"+1 207 {n:07d}", "reference": f"C-{n}"}
        at = now - timedelta(minutes=5 * n)
        ids = {key: uuid7() for key in ("customer", "order", "payment", "attempt", "method", "account")}
        people.append({"id": ids["customer"], "merchant": owner, **own, "folded": folded(**own), "created_at": at})
        rest.append((n, at, ids, draw.randrange(500, 50_000)))
    put(Customer, people)
    put(Account, [{"id": i["account"], "merchant": owner, "email": f"person{n}@example.com", "name": "A",
                   "signed_in_at": at, "created_at": at} for n, at, i, _m in rest])  # fmt: skip
    put(Access, [{"account": i["account"], "customer": i["customer"], "source": AccessSource.MAILBOX_MATCH,
                  "granted_at": at} for _n, at, i, _m in rest])  # fmt: skip
    put(PaymentMethod, [{"id": i["method"], "customer": i["customer"], "gateway_account": account.id,
                         "gateway_ref": f"pm_{i['method'].hex}", "gateway_customer": f"cus_{n}",
                         "kind": MethodKind.CARD, "brand": "visa", "last4": f"{n % 10_000:04d}",
                         "exp_month": 1 + n % 12, "exp_year": 2027,
                         "fingerprint": i["method"].hex, "created_at": at} for n, at, i, _m in rest])  # fmt: skip
    put(Consent, [{"customer": i["customer"], "method": i["method"], "scope": ConsentScope.ALL_DUE, "text": "I allow",
                   "text_version": "1", "shown_at": at} for n, at, i, _m in rest if n % 2])  # fmt: skip
    put(Order, [{"id": i["order"], "merchant": owner, "customer": i["customer"], "number": f"HY-{n}", "title": "Yoga",
                 "currency": "USD", "total": m, "paid": m if n % 5 else 0, "open": 0 if n % 5 else m,
                 "due_on": at.date(), "placed_at": at, "collect": Collect.AUTOMATIC, "source": OrderSource.SCHEDULE,
                 "created_at": at} for n, at, i, m in rest])  # fmt: skip
    put(Payment, [{"id": i["payment"], "merchant": owner, "customer": i["customer"], "gateway_account": account.id,
                   "method": i["method"], "amount": m, "currency": "USD", "origin": Origin.AUTOMATIC,
                   "state": PaymentState.SUCCEEDED if n % 5 else PaymentState.FAILED, "created_at": at,
                   "closed_at": at} for n, at, i, m in rest])  # fmt: skip
    put(Allocation, [{"payment": i["payment"], "order": i["order"], "amount": m} for _n, _at, i, m in rest])
    put(Attempt, [{"id": i["attempt"], "payment": i["payment"], "gateway_account": account.id, "method": i["method"],
                   "gateway_ref": f"pi_{i['attempt'].hex}", "charge_ref": f"ch_{i['attempt'].hex}", "amount": m,
                   "state": AttemptState.SUCCEEDED if n % 5 else AttemptState.FAILED, "currency": "USD",
                   "fingerprint": i["method"].hex, "off_session": True, "reserved_at": at, "state_since": at,
                   "closed_at": at} for n, at, i, m in rest])  # fmt: skip
    put(Receipt, [{"payment": i["payment"], "merchant": owner, "number": f"R-{n:08d}", "issued_at": at}
                  for n, at, i, _m in rest if n % 5])  # fmt: skip
    put(Recovery, [{"merchant": owner, "customer": i["customer"], "order": i["order"], "attempt": i["attempt"],
                    "amount": m, "currency": "USD", "reason": "insufficient_funds", "opened_at": at}
                   for n, at, i, m in rest if not n % 20])  # fmt: skip


def timed(what: str, ask: Callable[[], Any]) -> None:
    """Asks nine times, once beforehand."""
    found, took, worked = ask(), [], []
    for _turn in range(TIMES):
        started, began = time.perf_counter(), time.process_time()
        ask()
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - began) * 1000)
    middle = statistics.median(took), max(took), statistics.median(worked)
    print(f"{what:38} {middle[0]:7.1f} {middle[1]:7.1f} {middle[2]:9.1f}   {found}", flush=True)


def measure(account: GatewayAccount, count: int) -> None:
    """Every kind of question that the search and the list know."""
    house: UUID = account.merchant_id
    some = Attempt.select().where(Attempt.gateway_account == account).limit(1).offset(count // 2).get()
    payment = some.payment
    n = count // 2 + 1
    day = payment.created_at.astimezone(ZoneInfo(ZONE)).strftime("%d %b %Y")
    questions = {
        "name, one part": "łópez",
        "name, two parts, any order": "garcia zoe",
        "name, inside a word": "ivan",
        "name that nobody has": "nobodyatall",
        "Chinese name": "李伟",
        "Arabic name": "احمد",
        "e-mail": f"person{n}@example.com",
        "phone": f"207 {n:07d}",
        "signs that mean themselves": "%_",
        "order number": f"HY-{n}",
        "order number without its prefix": str(n),
        "receipt number": f"R-{n:08d}",
        "last four": "4242",
        "brand and last four": "visa 4242",
        "amount": f"{payment.amount // 100}.{payment.amount % 100:02d}",
        "amount and day": f"{payment.amount // 100}.{payment.amount % 100:02d} {day}",
        "our id": str(some.id),
        "an id that is nothing": str(uuid7()),
        "the processor's payment (pi_)": some.gateway_ref,
        "the processor's charge (ch_)": some.charge_ref,
        "the processor's method (pm_)": f"pm_{some.method_id.hex}",
        "the processor's event, unknown (evt_)": "evt_1Nothing",
    }
    print(f"{'search':38} {'median':>7} {'longest':>7} {'processor':>9}   found (ms)")
    for what, text in questions.items():
        timed(what, lambda text=text: _told(house, text))  # type: ignore[misc]
    print(f"{'customer list':38} {'median':>7} {'longest':>7} {'processor':>9}   rows (ms)")
    for sort in listing.Sort:
        timed(f"sorted by {sort}", lambda sort=sort: _rows(house, listing.Wanted(sort=sort)))  # type: ignore[misc]
    for state in listing.State:
        timed(f"only {state}", lambda state=state: _rows(house, listing.Wanted(state=state)))  # type: ignore[misc]
    timed("by name, the last page", lambda: _rows(house, listing.Wanted(), page=count))
    timed("with words", lambda: _rows(house, listing.Wanted(words="maria")))


def _told(house: UUID, text: str) -> str:
    found = search(house, read(text, today=utc_now().date(), locale="en"), zone=ZONE)
    return "opens at once" if found.target else ", ".join(f"{len(g.hits)} {g.kind}" for g in found.groups) or "nothing"


def _rows(house: UUID, wanted: listing.Wanted, page: int = 1) -> str:
    shown = listing.listed(house, wanted, today=utc_now().date(), page=page)
    return f"{shown.count:,}" if shown.is_counted else "many"


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        config.use(config.read({"SETTLE_MODE": "test", "DATA_DIR": folder, "SECRET_KEY": "k" * 40}))
        base.configure(os.environ.get("DATABASE_URL", "") or f"sqlite:///{folder}/settle.db")
        schema.migrate()
        first = fill(many)
        fill(many)
        with base.connected():
            base.db.execute_sql("ANALYZE")
            measure(first, many)
