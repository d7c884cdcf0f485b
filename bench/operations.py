"""How fast the operators' pages are: `python bench/operations.py [--jobs 1000000] [--due 10000] [--store sqlite]`.

A Valkey whose registries hold so many jobs (nine of ten failed, one of ten waiting) and 8 workers, a store with
20,000 customers of one merchant and few of 199 others, so many due rows of every common kind, 200,000 runs of work and
two hours of measures. Server time of the overview (its frame, its figures, its poll), of the other pages and of a
search by customer; with `--rq-dashboard PYTHON` (an interpreter that has rq-dashboard) the time of its queue page on
the same Valkey. Prints the median and the longest of 21; asserts nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from redis import Redis
from rq import Queue, Worker
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.job import JobStatus
from rq.utils import utcformat
from search import fill
from waves.house import house
from waves.rows import put

from dashboard import app as dashboard_app
from integrations.queue.connection import breaker
from integrations.queue.kinds import KINDS, job_id
from integrations.queue.snapshot import MEMORY, snapshot
from kit import log
from kit.clock import utc_now
from kit.ids import uuid7
from kit.measure import What
from models.base import connected, unit_of_work
from models.customers import Customer
from models.merchants import GatewayAccount
from models.operations import JobRun, Measured, RunState, Span
from models.orders import Order
from models.payments import Attempt, AttemptState
from models.work import Mail, WebhookEvent
from tests import factory
from tests.pages.console import signed_in
from tests.web import sample
from tests.web.conftest import token_in

TIMES, PART, FEW = 21, 10_000, 10
FAILING = ("retry", "collect", "mail", "webhook", "attempt")


def fill_queue(redis: Redis, count: int) -> None:
    """So many jobs as RQ writes them: one is made by RQ itself, the others are copies of it under their own names."""
    began = time.perf_counter()
    now = datetime.now(UTC)
    for n, name in enumerate(FAILING):
        kind, share = KINDS[name], count // len(FAILING)
        queue = Queue(kind.queue, connection=redis, serializer="json")
        made = queue.enqueue_call(kind.function, args=(str(uuid7()),), timeout=60, job_id=f"sample-{n}")
        made.set_status(JobStatus.FAILED)
        raw: dict[Any, Any] = redis.hgetall(made.key)
        made.delete()
        for start in range(0, share, PART):
            with redis.pipeline(transaction=False) as pipe:
                failed, waiting = {}, []
                for k in range(start, min(start + PART, share)):
                    job = job_id(name, uuid7())
                    if k % 10:
                        failed[job] = (now + timedelta(seconds=86_400 - k % 80_000)).timestamp()
                    else:
                        waiting.append(job)
                    pipe.hset(f"rq:job:{job}", mapping=raw | {b"status": b"failed" if k % 10 else b"queued"})
                pipe.zadd(queue.failed_job_registry.key, failed)
                pipe.rpush(queue.key, *waiting)
                pipe.execute()
    used = redis.info("memory")["used_memory_human"]
    print(f"{count:,} jobs in registries and queues: {time.perf_counter() - began:.0f} s to make, {used}")


def fill_workers(redis: Redis, count: int) -> None:
    """So many workers as they register themselves, every second one with a job in hand."""
    now = utcformat(datetime.now(UTC))
    with redis.pipeline(transaction=False) as pipe:
        for n in range(count):
            name, kind = f"bench{n}@host#{n}", FAILING[n % len(FAILING)]
            key, taken = f"{Worker.redis_worker_namespace_prefix}{name}", f"{job_id(kind, uuid7())}:{uuid7().hex}"
            facts: dict[Any, Any] = {
                "birth": now, "last_heartbeat": now, "queues": KINDS[kind].queue, "pid": n, "hostname": "host",
                "state": "busy" if n % 2 else "idle", MEMORY: 60_000_000,
            }  # fmt: skip
            pipe.sadd(Worker.redis_workers_keys, key)
            pipe.hset(key, mapping=facts)
            if n % 2:
                pipe.sadd(WORKER_EXECUTIONS_KEY_TEMPLATE.format(name), taken)
                pipe.hset(f"rq:execution:{taken}", "created_at", time.time())
        pipe.execute()


def fill_store(customers: int, merchants: int, due: int, runs: int) -> GatewayAccount:
    """Customers with orders and payments, rows that are due, runs and measures of the last hours."""
    account = fill(customers)
    accounts = [account, *(fill(FEW) for _n in range(merchants - 1))]
    now, draw = utc_now(), random.Random(1)
    late = [now - timedelta(seconds=draw.randrange(1, 7200)) for _n in range(due)]
    with connected():
        orders = _ids(Order.select(Order.id).order_by(Order.id.desc()).limit(due // 2))  # of the others, too
        tries = _ids(Attempt.select(Attempt.id).order_by(Attempt.id.desc()).limit(due // 20))
        people = [
            str(one) for one in _ids(Customer.select(Customer.id).where(Customer.merchant == account.merchant_id))
        ]
    for at in range(0, len(orders), 500):
        with unit_of_work():
            for order, when in zip(orders[at : at + 500], late[at : at + 500], strict=False):
                Order.update(collect_at=when).where(Order.id == order).execute()
    asked = {"state": AttemptState.UNKNOWN, "closed_at": None, "state_since": now}
    with unit_of_work():
        for attempt in tries:
            Attempt.update(next_look_at=now - timedelta(minutes=1), **asked).where(Attempt.id == attempt).execute()
    put(Mail, [{"merchant": accounts[n % merchants].merchant_id, "template": "receipt", "due_at": late[n],
                "to_address": f"p{n}@example.com", "dedup_key": f"bench-{n}", "created_at": late[n],
                "customer_id": people[n % len(people)]} for n in range(due * 35 // 100)])  # fmt: skip
    put(WebhookEvent, [{"gateway_account": accounts[n % merchants].id, "event_id": f"evt_{n}", "object_id": f"ch_{n}",
                        "kind": "charge.updated", "received_at": late[n]} for n in range(due // 10)])  # fmt: skip
    _runs(account, people, runs)
    _measures([str(one.id) for one in accounts])
    return account


def _measures(accounts: list[str]) -> None:
    """Two hours of work, minute by minute; an hour of calls to every account."""
    minute = utc_now().replace(second=0, microsecond=0)
    work = [(what, kind, n, bucket) for what in (What.PLACED, What.WAITED, What.RAN) for kind in FAILING
            for n in range(120) for bucket in (range(3, 6) if what is not What.PLACED else (0,))]  # fmt: skip
    calls = [(What.GATEWAY, who, n, bucket) for who in accounts for n in range(60) for bucket in (6, 7)]
    put(Measured, [{"span": Span.MINUTE, "at": minute - timedelta(minutes=n), "what": what, "who": who,
                    "bucket": bucket, "n": 7, "ms": 900} for what, who, n, bucket in work + calls])  # fmt: skip


def _ids(query: Any) -> list[Any]:
    return [row[0] for row in query.tuples()]


def _runs(account: GatewayAccount, people: list[str], count: int) -> None:
    now, draw = utc_now(), random.Random(2)
    for start in range(0, count, PART):
        put(JobRun, [_run(account, draw.choice(people), now - timedelta(seconds=n), n)
                     for n in range(start, min(start + PART, count))])  # fmt: skip


def _run(account: GatewayAccount, customer: str, at: datetime, n: int) -> dict[str, Any]:
    name = FAILING[n % len(FAILING)]
    bad = n % 40 == 0
    return {"kind": name, "row_id": str(uuid7()), "queue": KINDS[name].queue, "worker": "w@host#1", "by": "job",
            "state": RunState.OPEN if bad else RunState.DONE, "ended_at": at, "wait_ms": n % 900, "run_ms": n % 400,
            "merchant": account.merchant_id, "customer_id": customer, "error": "ReadTimeout" if bad else "",
            "error_group": f"{n % 7:016d}" if bad else "", "message": "read time-out" if bad else ""}  # fmt: skip


class Operator:
    """Somebody signed in at the operators' pages, asking in process as assets/door.js does."""

    def __init__(self) -> None:
        self._client = signed_in(dashboard_app.create_server(), factory.staff(operator=True))
        self._token = token_in(self._client.get("/operations").text)

    def frame(self, path: str) -> None:
        """The page's own HTML."""
        assert self._client.get(path).status_code == 200

    def call(self, path: str, body: Any = sample.PAGE_CALL) -> None:
        """The one callback that draws it."""
        answer = self._client.post(
            "/_dash-update-component", headers={"X-Settle-Page": path, "X-CSRFToken": self._token}, json=body
        )
        assert answer.status_code == 200, (path, answer.status_code)


def told(what: str, act: Callable[[], object]) -> None:
    """Median and longest, in milliseconds; the first call, which fills what is kept for seconds, beside them.

    `processor`: what the answer's own thread works, which a loaded machine stretches less; then what the process works
    meanwhile, with the threads that reckon anew what is kept.
    """
    spent, worked, process = [], [], []
    for _n in range(TIMES):
        began, thread, all_of_it = time.perf_counter(), time.thread_time(), time.process_time()
        act()
        process.append((time.process_time() - all_of_it) * 1000)
        worked.append((time.thread_time() - thread) * 1000)
        spent.append((time.perf_counter() - began) * 1000)
    print(
        f"{what:40} median {statistics.median(spent[1:]):7.1f}  longest {max(spent[1:]):7.1f}  first {spent[0]:7.1f} ms"
        f"  processor {statistics.median(worked[1:]):6.1f}  longest {max(worked[1:]):6.1f}  first {worked[0]:6.1f}"
        f"  process {statistics.median(process[1:]):6.1f}",
        flush=True,
    )


def rq_dashboard(python: str, url: str) -> None:
    """Its queue page and the data that the page asks for, over HTTP on the same Valkey."""
    port = 9181
    options = ["rq-dashboard", "--port", str(port), "--bind", "127.0.0.1", "-u", url]
    program = f"import sys; sys.argv = {options!r}; import rq_dashboard.cli as c; c.main()"
    server = subprocess.Popen([python, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for path in (
            "/0/view/queues",
            "/0/data/queues.json",
            "/0/data/jobs/charges/failed/25/desc/1.json",
        ):
            told(f"rq-dashboard {path}", partial(_fetched, f"http://127.0.0.1:{port}{path}"))
    finally:
        server.terminate()
        server.wait(10)


def _fetched(address: str) -> bytes:
    for _n in range(60):
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                return bytes(answer.read())
        except ConnectionRefusedError:
            time.sleep(0.5)
        except OSError as problem:
            if "refused" not in str(problem):
                raise
            time.sleep(0.5)
    raise SystemExit("rq-dashboard does not answer")


def main() -> None:
    """Fills, asks, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--merchants", type=int, default=200)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rq-dashboard", metavar="PYTHON", help="an interpreter that has rq-dashboard")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="settle-bench-") as folder, house(Path(folder), chosen.store) as settings:
        log.configure()
        redis = Redis(unix_socket_path=str(settings.valkey_socket))
        account = fill_store(chosen.customers, chosen.merchants, chosen.due, chosen.runs)
        fill_queue(redis, chosen.jobs)
        fill_workers(redis, chosen.workers)
        breaker.reset()
        with connected():
            _ask(account)
        if chosen.rq_dashboard:
            rq_dashboard(chosen.rq_dashboard, f"unix://{settings.valkey_socket}")


def _ask(account: GatewayAccount) -> None:
    who = Customer.select().where(Customer.merchant == account.merchant_id).offset(100).first()
    assert who is not None
    slug = account.merchant.slug
    told("queues and workers alone (one snapshot)", snapshot)
    operator = Operator()
    poll = sample.call("operations--live.children", ("operations--ask", "value", "1"))
    told("overview, its frame", lambda: operator.frame("/operations"))
    told("overview, its figures", lambda: operator.call("/operations"))
    told("overview, of one merchant", lambda: operator.call(f"/operations?merchant={slug}"))
    told("overview, a poll", lambda: operator.call("/operations", poll))
    for what, query in (
        ("jobs, newest", ""),
        ("jobs, failed", "?state=failed"),
        ("jobs, waiting in charges", "?state=waiting&queue=charges"),
        ("jobs, due without a hint", "?state=due"),
        ("jobs by customer (e-mail)", f"?customer={who.email}"),
        ("jobs by customer (name)", f"?customer={who.name.replace(' ', '+')}"),
        ("jobs by error", "?group=0000000000000003"),
    ):
        told(what, partial(operator.call, f"/operations/jobs{query}"))
    for page in ("money", "clock", "workers", "webhooks", "mail", "alarms"):
        told(page, partial(operator.call, f"/operations/{page}"))


if __name__ == "__main__":
    os.environ.setdefault("SETTLE_MODE", "test")
    with contextlib.suppress(KeyboardInterrupt):
        main()
