"""A store of two hundred merchants and ten million payments: `python bench/ten_million.py --home DIR --payments N`.

In a PostgreSQL of its own under DIR, which stays until somebody removes it; bench/analytics.py measures it. All rows
come from SQL: without indexes first, these afterwards. The largest merchant has a tenth of everything, the others ever
less. What the dashboards do not read (journals, events, mails) is not made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("SETTLE_MODE", "test")
sys.path.insert(0, str(Path(__file__).parent.parent))

from own_postgres import Cluster
from peewee import UUIDField

from kit import crypto
from kit.clock import utc_now
from kit.ids import uuid7
from models import base, schema
from models.base import db, unit_of_work
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant, MerchantPolicy
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Allocation, Attempt, Payment, PlannedTry, Receipt, Recovery

MERCHANTS = 200
DAYS = 730
PER_ORDER = 1.19  # payments
PER_CUSTOMER = 10  # payments
_SLOTS = 100_000  # a merchant's share of the draws, as slots: found by a look, not by a comparison with everybody
CODES = "insufficient_funds generic_decline do_not_honor expired_card lost_card card_velocity_exceeded pickup_card "
CODES += "incorrect_cvc processing_error transaction_not_allowed stolen_card try_again_later"


def main() -> None:
    """Makes the store, or tells that it is there."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--payments", type=int, default=200_000)
    asked.add_argument("--home", type=Path, required=True)
    chosen = asked.parse_args()
    cluster = Cluster(chosen.home)
    if not cluster.is_new:
        raise SystemExit(f"{chosen.home} is there already: measure it, or remove it.")
    cluster.make()
    try:
        base.configure(cluster.url("settle"))
        make(chosen.payments)
    finally:
        cluster.stop()


def make(payments: int) -> None:
    """Everything, step by step, each with its seconds."""
    began = time.perf_counter()
    schema.migrate()
    now = utc_now()
    merchants = _merchants(now)
    with base.connected():
        db.execute_sql("SET synchronous_commit = off")
        db.execute_sql("SET work_mem = '256MB'")
        db.execute_sql("SET maintenance_work_mem = '1GB'")
        db.execute_sql("SELECT setseed(0.5)")
        indexes = _drop_indexes()
        orders = int(payments / PER_ORDER)
        for name, act in (
            ("plan", lambda: _plan(merchants, orders, payments, now)),
            ("customers and methods", _people),
            ("orders", _orders),
            ("payments", _payments),
            ("attempts, allocations, receipts", _of_payments),
            ("cases", _cases),
            ("indexes", lambda: _restore(indexes)),
            ("statistics", lambda: db.execute_sql("ANALYZE")),
        ):
            step = time.perf_counter()
            act()
            print(f"{name}: {time.perf_counter() - step:.0f} s", flush=True)
        count = db.execute_sql("SELECT COUNT(*) FROM payment").fetchone()[0]
        size = db.execute_sql("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()[0]
    print(json.dumps({"payments": count, "size": size, "minutes": round((time.perf_counter() - began) / 60, 1)}))


def _merchants(now: datetime) -> list[tuple[str, str]]:
    """Ids of merchants and of their accounts, the largest first."""
    made = []
    for n in range(1, MERCHANTS + 1):
        with unit_of_work():
            row = Merchant.create(
                **{"slug": f"house-{n}", "name": f"House {n}", "currency": "USD", "country": "US"},
                **{"zone": "America/New_York", "contact_email": "billing@example.com", "order_prefix": f"H{n}"},
                created_at=datetime(2024, 1, 1, tzinfo=UTC),
            )
            MerchantPolicy.create(merchant=row)
            account = GatewayAccount.create(
                **{"merchant": row, "livemode": False, "external_id": f"acct_{n}", "path_token": uuid7().hex},
                secret=crypto.encrypt(f"sk_test_{n}"),
                created_at=now,
            )
        made.append((str(row.id), str(account.id)))
    return made


_TABLES: tuple[Any, ...] = (Customer, PaymentMethod, Order, Payment, Attempt, Allocation, Receipt, Recovery, PlannedTry)


def _drop_indexes() -> list[str]:
    """Drops indexes, keys and references of the large tables; the statements that bring them back."""
    names = ", ".join(f"'{table._meta.table_name}'" for table in _TABLES)
    indexes = db.execute_sql(
        f"SELECT indexdef, indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ({names})"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    ).fetchall()
    references = db.execute_sql(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"
        f" AND (conrelid::regclass::text IN ({names}) OR confrelid::regclass::text IN ({names}))"
    ).fetchall()
    keys = db.execute_sql(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        f" WHERE contype = 'p' AND conrelid::regclass::text IN ({names})"
    ).fetchall()
    for table, name in references:  # nothing is written afterwards that they would have to refuse
        db.execute_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for _statement, name in indexes:
        db.execute_sql(f'DROP INDEX "{name}"')
    for table, name, _definition in keys:
        db.execute_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    back = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for table, name, definition in keys]
    return [*back, *(statement for statement, _name in indexes)]


def _restore(statements: list[str]) -> None:
    for statement in statements:
        db.execute_sql(statement)


def _plan(merchants: list[tuple[str, str]], orders: int, payments: int, now: datetime) -> None:
    """One row an order: whose, when, how much, and what becomes of it."""
    weights = [0.1, *(0.9 * share for share in _falling(MERCHANTS - 1))]
    rows, low = [], 0.0
    for n, ((merchant, account), weight) in enumerate(zip(merchants, weights, strict=True), start=1):
        people = max(int(payments * weight / PER_CUSTOMER), 3)
        rows.append(f"({n}, '{merchant}'::uuid, '{account}'::uuid, {low:.9f}, {low + weight:.9f}, {people})")
        low += weight
    db.execute_sql(
        "CREATE UNLOGGED TABLE bench_house AS SELECT * FROM (VALUES "
        + ", ".join(rows)
        + ") AS v(k, merchant, account, low, high, people)"
    )
    db.execute_sql(
        "CREATE UNLOGGED TABLE bench_slot AS SELECT slot, k FROM bench_house,"
        f" generate_series(floor(low * {_SLOTS})::int, floor(high * {_SLOTS})::int - 1) AS slot"
    )
    db.execute_sql("ANALYZE bench_slot")
    codes = ", ".join(f"'{code}'" for code in CODES.split())
    moment = f"'{now.isoformat()}'::timestamptz"
    db.execute_sql(f"""
        CREATE UNLOGGED TABLE bench_plan AS
        SELECT n, h.k, h.merchant, h.account, 1 + floor(r2 * h.people)::bigint AS person, at,
            (500 + floor(r3 * r3 * 40000))::bigint AS amount,
            CASE WHEN r4 < 0.62 THEN 'automatic' WHEN r4 < 0.84 THEN 'portal' WHEN r4 < 0.88 THEN 'merchant'
                ELSE 'case' END AS fate,
            CASE WHEN r5 < 0.45 THEN 'retry' WHEN r5 < 0.57 THEN 'portal' WHEN r5 < 0.70 THEN 'fix_it'
                WHEN r5 < 0.72 THEN 'merchant' WHEN at > {moment} - interval '27 days' THEN 'open'
                ELSE 'exhausted' END AS ending,
            floor(r6 * r6 * 4)::int AS failed_again,
            (ARRAY[{codes}])[1 + floor(r7 * r7 * {len(CODES.split())})::int] AS code,
            CASE WHEN at > {moment} - interval '25 days' THEN ({moment} - at) / 6 ELSE interval '3 days' END AS step
        FROM (
            SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6,
                random() AS r7, {moment} - interval '1 hour' - floor(random() * {DAYS}) * interval '1 day'
                    - CASE WHEN random() < 0.7 THEN random() * interval '1 hour'
                        ELSE random() * interval '24 hours' END AS at
            FROM generate_series(1, {orders}) AS n
        ) AS drawn JOIN bench_slot AS s ON s.slot = floor(r1 * {_SLOTS})::int JOIN bench_house AS h ON h.k = s.k
    """)


def _falling(count: int) -> list[float]:
    parts = [1 / (n + 10) for n in range(count)]
    return [part / sum(parts) for part in parts]


def _id(kind: int, number: str) -> str:
    """A key that is made from a number, so that rows find each other without looking."""
    return f"(lpad(to_hex({kind}), 8, '0') || '-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


_PERSON = "k * 1000000::bigint + person"  # one number for each person of all houses
_CUSTOMER, _METHOD, _ORDER = _id(1, _PERSON), _id(2, _PERSON), _id(3, "n")


def _insert(table: Any, source: str, /, **columns: str) -> None:
    """Inserts from SQL expressions; columns that are not named get the default that the program would give."""
    values = {}
    for field in table._meta.sorted_fields:
        name = field.column_name
        values[name] = columns.pop(name) if name in columns else _default(field)
    assert not columns, columns
    names = ", ".join(f'"{name}"' for name in values)
    _sql(f'INSERT INTO "{table._meta.table_name}" ({names}) SELECT {", ".join(values.values())} FROM {source}')


def _sql(statement: str) -> None:
    db.execute_sql(statement.replace("%", "%%"))  # the driver reads a percent sign as a place for a value


def _default(field: Any) -> str:
    value = field.default
    if value is None or callable(value):
        return "gen_random_uuid()" if isinstance(field, UUIDField) and field.primary_key else "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


_FIRST = "ARRAY['Ana','Bo','Cy','Di','Eve','Flo','Gus','Hal','Ida','Jo','Kim','Lee','Mia','Ned','Oz','Pam']"
_LAST = "ARRAY['Abbot','Baker','Carter','Dean','Ellis','Frost','Grant','Hale','Irwin','Jones','Keller','Lopez','Mason']"


def _people() -> None:
    name = f"({_FIRST})[1 + person % 16] || ' ' || ({_LAST})[1 + person % 13] || ' ' || person"
    email = "'person' || person || '@house' || k || '.example.com'"
    people = "bench_house AS h, generate_series(1, h.people) AS person"
    _insert(
        Customer,
        people,
        id=_CUSTOMER,
        merchant_id="merchant",
        reference="'C' || person",
        name=name,
        email=email,
        folded=f"lower(' ' || {name} || ' ' || {email} || ' c' || person)",
        created_at="'2024-01-01'::timestamptz",
    )
    _insert(
        PaymentMethod,
        people,
        id=_METHOD,
        customer_id=_CUSTOMER,
        gateway_account_id="account",
        gateway_ref="'pm_' || k || '_' || person",
        gateway_customer="'cus_' || k || '_' || person",
        kind="CASE WHEN person % 10 = 0 THEN 'us_bank_account' ELSE 'card' END",
        brand="CASE WHEN person % 10 = 0 THEN 'TEST BANK' ELSE"
        " (ARRAY['visa','visa','mastercard','amex','discover'])[1 + person % 5] END",
        last4="lpad((person % 10000)::text, 4, '0')",
        exp_month="12",
        exp_year="2030",
        fingerprint="'fp_' || k || '_' || person",
        created_at="'2024-01-01'::timestamptz",
    )


def _orders() -> None:
    owed = "(fate = 'case' AND ending IN ('open', 'exhausted'))"
    _insert(
        Order,
        "bench_plan",
        id=_ORDER,
        merchant_id="merchant",
        customer_id=_CUSTOMER,
        number="'H' || k || '-' || n",
        title="'Membership'",
        currency="'USD'",
        total="amount",
        paid=f"CASE WHEN {owed} THEN 0 ELSE amount END",
        open=f"CASE WHEN {owed} THEN amount ELSE 0 END",
        due_on="at::date",
        placed_at="at",
        source="'schedule'",
        collect="CASE WHEN fate IN ('automatic', 'case') THEN 'automatic' ELSE 'manual' END",
        method_id=_METHOD,
        created_at="at",
    )


def _payments() -> None:
    """Step 0 is the first payment of an order, steps 1 and on the retries that failed, step 7 the one that settled."""
    db.execute_sql("""
        CREATE UNLOGGED TABLE bench_pay AS
        SELECT n, k, person, merchant, account, amount, at, 0 AS step, fate AS origin, 'succeeded' AS state,
            NULL::text AS code FROM bench_plan WHERE fate <> 'case'
        UNION ALL
        SELECT n, k, person, merchant, account, amount, at + step * j, j,
            CASE WHEN j = 0 THEN 'automatic' ELSE 'retry' END, 'failed', code
            FROM bench_plan, generate_series(0, failed_again) AS j WHERE fate = 'case'
        UNION ALL
        SELECT n, k, person, merchant, account, amount, at + step * (failed_again + 1), 7, ending, 'succeeded', NULL
            FROM bench_plan WHERE fate = 'case' AND ending NOT IN ('open', 'exhausted')
    """)
    _insert(
        Payment,
        "bench_pay",
        id=_id(4, "n * 8 + step"),
        merchant_id="merchant",
        customer_id=_CUSTOMER,
        gateway_account_id="CASE WHEN origin <> 'merchant' THEN account END",
        method_id=f"CASE WHEN origin <> 'merchant' THEN {_METHOD} END",
        external="CASE WHEN origin = 'merchant' THEN 'cheque' END",
        amount="amount",
        currency="'USD'",
        origin="origin",
        state="state",
        created_at="at",
        closed_at="at",
    )


def _of_payments() -> None:
    payment = _id(4, "n * 8 + step")
    _insert(
        Attempt,
        "bench_pay WHERE origin <> 'merchant'",
        id=_id(5, "n * 8 + step"),
        payment_id=payment,
        gateway_account_id="account",
        method_id=_METHOD,
        gateway_ref="'pi_' || (n * 8 + step)",
        state="state",
        amount="amount",
        currency="'USD'",
        fingerprint="'fp_' || k || '_' || person",
        off_session="origin IN ('automatic', 'retry')",
        reserved_at="at",
        state_since="at",
        closed_at="at",
        decline_code="code",
    )
    _insert(
        Allocation,
        "bench_pay",
        payment_id=payment,
        order_id=_ORDER,
        amount="amount",
    )
    _insert(
        Receipt,
        "bench_pay WHERE state = 'succeeded'",
        payment_id=payment,
        merchant_id="merchant",
        number="'R-' || lpad(upper(to_hex(n * 8 + step)), 8, '0')",
        issued_at="at",
    )


def _cases() -> None:
    back = "ending NOT IN ('open', 'exhausted')"
    case = _id(6, "n")
    _insert(
        Recovery,
        "bench_plan WHERE fate = 'case'",
        id=case,
        merchant_id="merchant",
        customer_id=_CUSTOMER,
        order_id=_ORDER,
        attempt_id=_id(5, "n * 8"),
        amount="amount",
        currency="'USD'",
        reason="code",
        state=f"CASE WHEN {back} THEN 'recovered' ELSE ending END",
        by="CASE ending WHEN 'retry' THEN 'retry' WHEN 'portal' THEN 'customer' WHEN 'fix_it' THEN 'customer'"
        " WHEN 'merchant' THEN 'merchant' END",
        payment_id=f"CASE WHEN {back} THEN {_id(4, 'n * 8 + 7')} END",
        opened_at="at",
        closed_at="CASE WHEN ending <> 'open' THEN at + step * (failed_again + 1) END",
    )
    for state, number, attempt, wanted in (
        ("made", "step", _id(5, "n * 8 + step"), "step BETWEEN 1 AND 6"),
        ("made", "7", _id(5, "n * 8 + step"), "step = 7 AND origin = 'retry'"),
    ):
        _tries(f"bench_pay WHERE {wanted}", state, number, attempt, "at")
    _tries(
        "bench_plan WHERE fate = 'case' AND ending = 'open' AND n % 3 > 0", "planned", "7", "NULL",
        "now() + interval '1 day'",
    )  # fmt: skip


def _tries(source: str, state: str, number: str, attempt: str, at: str) -> None:
    _insert(
        PlannedTry,
        source,
        merchant_id="merchant",
        recovery_id=_id(6, "n"),
        n=number,
        due_at=at,
        method_id=_METHOD,
        state=f"'{state}'",
        rule="'policy'",
        slots="'[]'",
        probability="'1'",
        reason="''",
        attempt_id=attempt,
        created_at="now()",
    )


if __name__ == "__main__":
    main()
