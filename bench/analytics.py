"""How fast the dashboards are over what bench/ten_million.py made: `python bench/analytics.py --home DIR [--count]`.

Figures from rollups against raw SQL and DuckDB on the same rows, each page of the console whole (and its callback), the
search, and the bytes of a first opening. `--count` counts the rollups first. Prints; asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("SETTLE_MODE", "test")
sys.path.insert(0, str(Path(__file__).parent.parent))

import duckdb
import psycopg
from own_postgres import Cluster
from ten_million import MERCHANTS

from dashboard import cookies, routes
from dashboard.app import create_server, warm_up
from domain.accounts import sessions
from domain.accounts.viewer import Audience, MerchantFacts
from domain.customers import looked_for
from domain.customers.search import search
from domain.merchants.facts import facts_of
from domain.reports import failed, recompute, recovery
from domain.reports.filters import filters_of
from domain.reports.window import between
from kit import log
from kit.calendar import at_local_hour, local_day
from kit.clock import utc_now
from models import base
from models.base import db, unit_of_work
from models.customers import Customer
from models.merchants import Membership, Merchant, Role, Staff
from models.orders import Order
from models.payments import Payment, Recovery
from models.reports import CaseRollup, PaidRollup, ReportState, TryRollup
from tests.web.conftest import token_in
from tests.web.sample import PAGE_CALL

TIMES = 15


def main() -> None:
    """Measures and prints."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, required=True)
    asked.add_argument("--count", action="store_true", help="count the rollups first")
    asked.add_argument("--houses", type=int, default=MERCHANTS, help="of so many merchants, the largest first")
    chosen = asked.parse_args()
    log.configure()
    cluster = Cluster(chosen.home)
    cluster.start()
    try:
        base.configure(cluster.url("settle"))
        with base.connected():
            if chosen.count:
                count(chosen.houses)
            largest = facts_of(Merchant.get(Merchant.slug == "house-1"))
            sizes(largest)
            engines(largest, cluster.url("settle"), chosen.home)
            views(largest)
            searches(largest)
        pages(largest)
    finally:
        cluster.stop()


def count(houses: int) -> None:
    """Every day of the largest merchants, from the raw rows: a month a unit of work."""
    began, today = time.perf_counter(), utc_now().date()
    for merchant in Merchant.select().order_by(Merchant.id).limit(houses):
        for back in range(0, 760, 30):
            last = today - timedelta(days=back)
            with unit_of_work():
                recompute.write(merchant, between(last - timedelta(days=29), last, merchant.zone))
        with unit_of_work():
            since = today - timedelta(days=730)
            ReportState.insert(merchant=merchant, since=since, counted_at=utc_now()).on_conflict_ignore().execute()
    db.execute_sql("ANALYZE")
    print(
        f"all days of {houses} merchants counted from the raw rows: {(time.perf_counter() - began) / 60:.1f} min",
        flush=True,
    )
    merchant = Merchant.get(Merchant.slug == "house-1")
    seconds: list[float] = []
    for back in range(1, 11):
        day = today - timedelta(days=back)
        with took(seconds), unit_of_work():
            recompute.write(merchant, between(day, day, merchant.zone))
    print(f"one day of the largest merchant: {told(seconds)}", flush=True)


def sizes(largest: MerchantFacts) -> None:
    """What there is."""
    for table in (Payment, Recovery, Customer, Order, TryRollup, CaseRollup, PaidRollup):
        mine = table.select().where(table.merchant == largest.id).count()
        print(f"{table.__name__}: {table.select().count():,} rows, {mine:,} of the largest merchant")


@contextmanager
def took(into: list[float]) -> Iterator[None]:
    """Notes how long the body took, in milliseconds."""
    began = time.perf_counter()
    yield
    into.append((time.perf_counter() - began) * 1000)


def told(milliseconds: list[float]) -> str:
    """Median and worst."""
    return f"{statistics.median(milliseconds):.1f} ms, worst {max(milliseconds):.1f} ms"


def timed(act: Callable[[], Any], times: int = TIMES) -> str:
    """Runs it once for warmth, then some times."""
    act()
    seconds: list[float] = []
    for _n in range(times):
        with took(seconds):
            act()
    return told(seconds)


QUESTIONS = ("recovered by day, 30 days", "declines by code, 30 days", "cohorts of 12 months", "received, 30 days")

_CASES = (
    "recovery AS r JOIN attempt AS a ON a.id = r.attempt_id LEFT JOIN payment AS p ON p.id = r.payment_id"
    " WHERE r.merchant_id = {merchant} AND r.opened_at >= {begin} AND r.opened_at < {end}"
)
_DAY = "CAST({column} AT TIME ZONE 'America/New_York' AS date)"
RAW = {
    QUESTIONS[0]: "SELECT " + _DAY.format(column="r.opened_at") + " AS day, r.state, p.origin, COUNT(*), SUM(r.amount)"
    f" FROM {_CASES} GROUP BY 1, 2, 3",
    QUESTIONS[1]: "SELECT a.decline_code, m.brand, m.kind, COUNT(*), SUM(p.amount) FROM payment AS p"
    " JOIN attempt AS a ON a.payment_id = p.id JOIN payment_method AS m ON m.id = a.method_id"
    " WHERE p.merchant_id = {merchant} AND p.state = 'failed' AND p.closed_at >= {begin} AND p.closed_at < {end}"
    " GROUP BY 1, 2, 3",
    QUESTIONS[2]: "SELECT date_trunc('month', r.opened_at AT TIME ZONE 'America/New_York') AS month, COUNT(*),"
    " SUM(CASE WHEN r.state = 'recovered' AND r.closed_at - r.opened_at <= interval '7 days' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN r.state = 'recovered' AND r.closed_at - r.opened_at <= interval '30 days' THEN 1 ELSE 0 END)"
    f" FROM {_CASES} GROUP BY 1",
    QUESTIONS[3]: "SELECT p.origin, COUNT(*), SUM(p.amount) FROM payment AS p WHERE p.merchant_id = {merchant}"
    " AND p.state = 'succeeded' AND p.closed_at >= {begin} AND p.closed_at < {end} GROUP BY 1",
}
ROLLED = {
    QUESTIONS[0]: "SELECT day, state, by, SUM(count), SUM(minor) FROM case_rollup"
    " WHERE merchant_id = {merchant} AND day >= {first} AND day <= {last} GROUP BY 1, 2, 3",
    QUESTIONS[1]: "SELECT code, network, kind, SUM(count), SUM(minor) FROM try_rollup"
    " WHERE merchant_id = {merchant} AND day >= {first} AND day <= {last} GROUP BY 1, 2, 3",
    QUESTIONS[2]: "SELECT date_trunc('month', day) AS month, SUM(count), SUM(CASE WHEN age <= 7 THEN count ELSE 0 END),"
    " SUM(CASE WHEN age <= 30 THEN count ELSE 0 END) FROM case_rollup"
    " WHERE merchant_id = {merchant} AND day >= {first} AND day <= {last} GROUP BY 1",
    QUESTIONS[3]: "SELECT channel, SUM(count), SUM(minor) FROM paid_rollup"
    " WHERE merchant_id = {merchant} AND day >= {first} AND day <= {last} GROUP BY 1",
}
_COPIED = {
    "payment": "id, merchant_id, method_id, amount, origin, state, closed_at",
    "attempt": "id, payment_id, method_id, state, decline_code",
    "recovery": "id, merchant_id, attempt_id, payment_id, amount, state, opened_at, closed_at",
    "payment_method": "id, brand, kind",
}


def engines(largest: MerchantFacts, url: str, home: Path) -> None:
    """The same questions of the largest merchant, three ways."""
    today = local_day(utc_now(), largest.zone)
    duck = _duck(url, home)
    print("\n| question | rollup | raw rows, PostgreSQL | raw rows, DuckDB (Parquet) |\n|---|---|---|---|")
    with psycopg.connect(url, autocommit=True) as postgres:
        for question in QUESTIONS:
            first = today - timedelta(days=364 if "months" in question else 29)
            values = _values(largest, first, today)
            rolled = timed(lambda: postgres.execute(ROLLED[question].format(**values)).fetchall())  # noqa: B023
            raw = timed(lambda: postgres.execute(RAW[question].format(**values)).fetchall(), 5)  # noqa: B023
            other = timed(lambda: duck.execute(RAW[question].format(**values)).fetchall(), 5)  # noqa: B023
            print(f"| {question} | {rolled} | {raw} | {other} |", flush=True)


def _values(largest: MerchantFacts, first: date, last: date) -> dict[str, str]:
    begin, end = (at_local_hour(day, 0, largest.zone) for day in (first, last + timedelta(days=1)))
    return {
        **{"merchant": f"'{largest.id}'", "first": f"DATE '{first}'", "last": f"DATE '{last}'"},
        **{"begin": f"TIMESTAMPTZ '{begin.isoformat()}'", "end": f"TIMESTAMPTZ '{end.isoformat()}'"},
    }


def _duck(url: str, home: Path) -> Any:
    """The same rows as Parquet, written once: through CSV, which both sides speak."""
    duck: Any = duckdb.connect()
    duck.execute("SET threads = 2")
    for table, columns in _COPIED.items():
        parquet, text = home / f"{table}.parquet", home / f"{table}.csv"
        if not parquet.exists():
            with psycopg.connect(url) as postgres, postgres.cursor() as cursor, text.open("wb") as file:
                statement = f"COPY (SELECT {columns} FROM {table}) TO STDOUT WITH CSV HEADER"
                with cursor.copy(statement) as copied:
                    for part in copied:
                        file.write(part)
            duck.execute(f"COPY (SELECT * FROM read_csv('{text}', header = true)) TO '{parquet}' (FORMAT parquet)")
            text.unlink()
        duck.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{parquet}')")
    return duck


def views(largest: MerchantFacts) -> None:
    """All the figures of a page, without drawing it, and the first page of a list."""
    now = utc_now()
    today = local_day(now, largest.zone)
    for days in (30, 90, 400):
        filters, _said = filters_of({"first": (today - timedelta(days=days - 1)).isoformat()}, today)
        print(f"recovery.overview, {days} days: {timed(lambda: recovery.overview(largest, filters, now))}")  # noqa: B023
        print(f"failed.overview, {days} days: {timed(lambda: failed.overview(largest, filters, now))}")  # noqa: B023
        print(f"recovery.listed, {days} days: {timed(lambda: recovery.listed(largest, filters, now), 5)}")  # noqa: B023
        print(f"failed.listed, {days} days: {timed(lambda: failed.listed(largest, filters, now), 5)}", flush=True)  # noqa: B023


def searches(largest: MerchantFacts) -> None:
    """What somebody types, in the largest merchant's customers."""
    one: Any = Customer.select().where(Customer.merchant == largest.id).offset(777).first()
    order: Any = Order.select().where(Order.merchant == largest.id).offset(777).first()
    today = local_day(utc_now(), largest.zone)
    for words in (
        one.name,
        one.email,
        "ana",
        "keller 12",
        order.number,
        "visa 4242",
        "4242",
        "123.45",
        "nobody at all",
    ):
        asked = looked_for.read(words, today=today, locale="en_US")
        print(f"search {words!r}: {timed(lambda: search(largest.id, asked, zone=largest.zone), 5)}", flush=True)  # noqa: B023


def pages(largest: MerchantFacts) -> None:
    """Each page of the console that has no id in its address: the frame, and the callback that brings what it shows."""
    with unit_of_work():
        row: Any = Staff.get_or_none(Staff.email == "bench@example.com")
        if row is None:
            row = Staff.create(email="bench@example.com", name="Bench", created_at=utc_now())
            Membership.create(staff=row, merchant=largest.id, role=Role.OWNER, created_at=utc_now())
        token = sessions.open_session(staff=row.id)
    server = create_server()
    warm_up(server)
    client = server.test_client()
    client.set_cookie(cookies.name_of(Audience.STAFF), token)
    for route in routes.rows():
        if route.audience is Audience.STAFF and "<slug>" in route.path and route.path.count("<") == 1:
            _page(client, route.path.replace("<slug>", largest.slug))
    for query in (
        "/recovery?by=count&group=funds",
        "/failed?what=declines&weekday=0",
        "/customers",
        "/customers?q=ana",
    ):
        _page(client, f"/merchant/{largest.slug}{query}")


def _page(client: Any, address: str) -> None:
    opened = client.get(address)
    if opened.status_code != 200:
        print(f"{address}: {opened.status_code}")
        return
    frame = timed(lambda: client.get(address))
    if "_dash-config" not in opened.text:
        print(f"{address}: {frame}, {len(opened.data):,} bytes", flush=True)
        return
    headers = {"X-Settle-Page": address, "X-CSRFToken": token_in(opened.text)}
    answer = client.post("/_dash-update-component", json=PAGE_CALL, headers=headers)
    worked = time.process_time()
    body = timed(lambda: client.post("/_dash-update-component", json=PAGE_CALL, headers=headers))
    worked = (time.process_time() - worked) * 1000 / (TIMES + 1)  # beside others on the machine, the fairer number
    size = len(opened.data) + len(answer.data)
    print(
        f"{address}: frame {frame}; callback {body}, {worked:.0f} ms of work ({answer.status_code}); {size:,} bytes",
        flush=True,
    )


if __name__ == "__main__":
    main()
