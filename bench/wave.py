"""How fast a wave of due retries is charged: `python bench/wave.py [--rows 500] [--store sqlite|postgres]`.

Real processes: the sandbox over HTTP, Valkey, workers. The floor is a bare loop of the two gateway calls of a charge;
beside it the same charges as one job a payment and in waves. `--dispatch-only 100000` charges nothing: it measures
how so many due rows are found, claimed and handed out, and prints the store's plans. Prints; asserts nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent.parent))

from waves import rows
from waves.house import empty, gateway, house
from waves.house import wave as run_wave

from domain.payments import claims, wave
from domain.work.due import due, hints
from integrations.gateways.base import MethodKind
from integrations.queue.wake import enqueue
from kit import log
from kit.clock import utc_now
from kit.crypto import decrypt
from kit.deadline import Deadline
from kit.ids import uuid7
from kit.money import Money
from models import base
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState, PlannedTry, TryState

_NOBODY = 300  # jobs for rows that are not there: what RQ itself costs


def main() -> int:
    """Measures and prints one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500, help="charges of each kind")
    parser.add_argument("--workers", type=int, default=2, help="the most workers that are tried")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--dispatch-only", type=int, metavar="ROWS")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wave-") as folder, house(Path(folder), chosen.store):
        log.configure()
        if chosen.dispatch_only:
            dispatch(chosen.dispatch_only)
        else:
            charge(chosen.rows, chosen.workers)
    return 0


def charge(count: int, most: int) -> None:
    """Floor, one job a payment, waves; charges a second, and what of a charge's time is ours."""
    account = rows.merchant()
    secret = decrypt(account.secret)
    payer, tokens = rows.cards(gateway(secret), count)
    floor = {n: at_floor(secret, payer, tokens, n) for n in range(1, most + 1)}
    nobody = count_rq()
    say("", "charges/s", "of the floor", "ms/charge", "of which ours")
    for n in range(1, most + 1):
        line(f"floor: two calls in a loop, {n} at once", floor[n], floor[n], n)
    for n in range(1, most + 1):
        made = rows.due_retries(account, *rows.cards(gateway(secret), count))
        line(f"one job a payment, workers: {n}", one_job_each(made, n), floor[n], n)
    batched = {}
    for n in range(1, most + 1):
        made = rows.due_retries(account, *rows.cards(gateway(secret), count))
        batched[n] = in_waves(made, n)
        line(f"waves, workers: {n}", batched[n], floor[n], n)
    print(f"RQ: {nobody:.2f} ms a job, which is {nobody:.2f} ms a charge as one job each and "
          f"{nobody / (batched[1] * wave.BUDGET.seconds):.3f} ms in waves of {wave.BUDGET.seconds} s")  # fmt: skip
    in_this_process(account, payer, tokens)


def at_floor(secret: str, payer: str, tokens: list[str], processes: int) -> float:
    """Charges a second of bare loops that only create and confirm."""
    share = len(tokens) // processes
    parts = [(secret, payer, tokens[n * share : (n + 1) * share]) for n in range(processes)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        spent = pool.starmap(_bare_loop, parts)
    return share * processes / max(spent)


def _bare_loop(secret: str, payer: str, tokens: list[str]) -> float:
    client, amount = gateway(secret), Money(rows.AMOUNT, "USD")
    began = time.perf_counter()
    for token in tokens:
        key, deadline = str(uuid7()), Deadline.within(25)
        intent = client.create_intent(
            key=f"{key}:create", amount=amount, customer=payer, kind=MethodKind.CARD, attempt=key, install="bench",
            description="bench", deadline=deadline,
        )  # fmt: skip
        client.confirm_intent(
            intent.id, key=f"{key}:confirm", method=token, off_session=True, return_url=None, deadline=deadline
        )
    return time.perf_counter() - began


def one_job_each(made: list[UUID], workers: int) -> float:
    """Charges a second when each planned try is a job."""
    while not all_done(made):
        for one in made:
            while not enqueue("retry", one):
                time.sleep(0.5)
        empty("charges", workers)
    return rate_of(made)


def in_waves(made: list[UUID], workers: int) -> float:
    """Charges a second when the clock and workers do as they do in an install."""
    run_wave(workers, lambda: all_done(made))
    return rate_of(made)


def all_done(made: list[UUID]) -> bool:
    """Whether all tries have been made and all attempts have ended."""
    with base.connected():
        return len(_ended(made)) == len(made)


def rate_of(made: list[UUID]) -> float:
    """Charges a second from the first reserve to the last record."""
    with base.connected():
        done = _ended(made)
    kinds = Counter(one.state.value for one in done)
    if set(kinds) != {AttemptState.SUCCEEDED}:
        print("  not all succeeded:", dict(kinds))
    span = max(one.closed_at for one in done) - min(one.reserved_at for one in done)
    return float(len(done) / span.total_seconds())


def _ended(made: list[UUID]) -> list[Attempt]:
    mine = Attempt.select().join(PlannedTry, on=(PlannedTry.attempt == Attempt.id))
    return list(mine.where(PlannedTry.id.in_(made) & Attempt.closed_at.is_null(False)))


def count_rq() -> float:
    """Milliseconds of a job that finds nothing to do."""
    for _n in range(_NOBODY):
        enqueue("retry", uuid7())
    once = empty("upkeep")  # an empty queue: start and stop
    return (empty("charges") - once) / _NOBODY * 1000


def in_this_process(account: GatewayAccount, payer: str, tokens: list[str]) -> None:
    """Processor time of our code, and its statements, over one batch each."""
    secret = decrypt(account.secret)
    _one_batch(account)  # warms up
    ours = _one_batch(account)
    with counted() as seen:
        _one_batch(account)
    began = time.process_time()
    _bare_loop(secret, payer, tokens[: wave.BATCH])
    calls = (time.process_time() - began) / len(tokens[: wave.BATCH]) * 1000
    print(f"processor time: {ours:.1f} ms a charge, of which {calls:.1f} are the two calls")
    each = Counter(map(_shape, seen))
    print(f"queries: {sum(each.values()) / wave.BATCH:.1f} a charge (begin and commit not counted)")
    for shape, number in each.most_common():
        print(f"  {number / wave.BATCH:5.2f}  {shape}")


def _one_batch(account: GatewayAccount) -> float:
    """Milliseconds of processor time a charge."""
    rows.due_retries(account, *rows.cards(gateway(decrypt(account.secret)), wave.BATCH))
    began = time.process_time()
    wave.work_through(account.id, budget=timedelta(minutes=5))
    return (time.process_time() - began) / wave.BATCH * 1000


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run inside."""
    seen: list[str] = []
    plain = base.db.obj.execute_sql

    def note(sql: str, params: Any = None, *more: Any, **named: Any) -> Any:
        seen.append(sql)
        return plain(sql, params, *more, **named)

    base.db.obj.execute_sql = note
    try:
        yield seen
    finally:
        base.db.obj.execute_sql = plain


def _shape(sql: str) -> str:
    words = sql.replace('"', "").split()
    table = next((words[n + 1] for n, word in enumerate(words[:-1]) if word in ("FROM", "INTO", "UPDATE")), "")
    return f"{words[0]} {table} {' '.join(sql.replace(chr(34), '').partition(' WHERE ')[2].split())[:110]}"


def dispatch(count: int) -> None:
    """Finding, claiming and handing out `count` due rows."""
    account = rows.merchant()
    began = time.perf_counter()
    rows.tries_only(account, count)
    if not base.is_sqlite():
        with base.connected():
            base.db.execute_sql("ANALYZE")
    print(f"{count:,} due retries made in {time.perf_counter() - began:.1f} s")
    timed("the clock's look: what is due, by account", lambda: hints(utc_now()))
    timed("the same, 200 rows of each kind", lambda: due(utc_now()))
    now, batches = utc_now(), 0
    began = time.perf_counter()
    with base.connected():
        while taken := claims.claim(account.merchant_id, limit=wave.BATCH, now=now):
            mine = PlannedTry.id.in_([one.id for one in taken])
            PlannedTry.update(state=TryState.MADE).where(mine).execute()  # as if it had been charged
            batches += 1
    spent = time.perf_counter() - began
    with base.connected():
        left = PlannedTry.select().where(PlannedTry.state == TryState.PLANNED).count()
    print(
        f"claimed and taken off in {batches:,} batches: {spent:.1f} s, "
        f"{spent / count * 1000:.3f} ms a row; left: {left}"
    )
    began = time.perf_counter()
    for _n in range(_NOBODY):
        enqueue("retry", uuid7())
    print(f"one job a payment instead: {(time.perf_counter() - began) / _NOBODY * 1000:.2f} ms a row to enqueue alone")
    plans(account)


def timed(what: str, act: Any) -> None:
    """Prints the milliseconds of the best of three."""
    spent = []
    for _n in range(3):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    print(f"{what}: {min(spent) * 1000:.1f} ms")


def plans(account: GatewayAccount) -> None:
    """What the store does for the statements of finding and claiming."""
    seen: list[tuple[str, Any]] = []
    plain = base.db.obj.execute_sql

    def kept(sql: str, params: Any = None, *more: Any, **named: Any) -> Any:
        if sql.startswith("SELECT"):
            seen.append((sql, params))
        return plain(sql, params, *more, **named)

    with base.connected():
        base.db.obj.execute_sql = kept
        try:
            claims.accounts_with_work(utc_now())
            claims.claim(account.merchant_id, limit=wave.BATCH, now=utc_now())
        finally:
            base.db.obj.execute_sql = plain
        how = "EXPLAIN QUERY PLAN " if base.is_sqlite() else "EXPLAIN (COSTS OFF) "
        for sql, params in seen:
            print(f"plan of {_shape(sql)[:70]}")
            for row in plain(how + sql, params).fetchall():
                print(f"  {row[-1]}")


def line(what: str, rate: float, floor: float, processes: int) -> None:
    """One line of the table."""
    mine, theirs = 1000 * processes / rate, 1000 * processes / floor
    say(what, f"{rate:.0f}", f"{100 * rate / floor:.0f} %", f"{mine:.1f}", f"{mine - theirs:.1f}")


def say(what: str, *cells: str) -> None:
    """Prints cells in columns."""
    print(f"{what:45}", *(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
