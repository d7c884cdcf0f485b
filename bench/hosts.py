"""What one more process brings: `python bench/hosts.py [--seconds 8]`, on PostgreSQL, with real processes.

Pages a second of one and two web processes (a sign-in page; a signed-in home: its frame and its one callback), mails a
second of one and two workers, memory of each process. Charges a second: bench/wave.py. Prints; asserts nothing.
The figures of docs/scaling.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import utc_now
from models import base, schema
from models.base import unit_of_work
from models.merchants import Merchant
from models.work import Mail, MailState
from tests import factory, postgres
from tests.hard.house import House, end
from tests.hard.person import Person
from tests.sandbox.running import until
from workers import plans

VISITORS, MAILS = 8, 400


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """An install on an empty PostgreSQL; nothing runs yet but its neighbours and Valkey."""
    server = postgres.start()
    if server is None:
        raise SystemExit("No PostgreSQL server found: apt-get install postgresql.")
    url = postgres.create(server, f"hosts_{os.getpid()}")
    base.configure(url)
    schema.migrate()
    golden = folder / "unused.db"
    golden.touch()
    made = House(golden)
    made.env |= {"DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
    try:
        made.start_valkey()
        made.redis.lead_on()
        made.mail.lead_on()
        with made.move_in():
            yield made
    finally:
        made.clear()


def memory(pid: int) -> int:
    """Of a process and those that it has started, shared pages counted once, in MB."""
    total = 0
    for each in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total // 1024


def rate(seconds: float, people: list[Person], act: Callable[[Person], object]) -> int:
    """How often a second all of them together get through it."""
    counted, over = [0] * len(people), time.monotonic() + seconds

    def one(n: int) -> None:
        while time.monotonic() < over:
            act(people[n])
            counted[n] += 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return int(sum(counted) / seconds)


def web(made: House, shop: Merchant, processes: int, seconds: float) -> None:
    """Pages a second."""
    made.env["WEB_CONCURRENCY"] = str(processes)
    server = made.start(*plans.web(made.settings, with_queue=False).command)
    made.wait_for_web()
    people = [Person(made.origin, shop) for _n in range(VISITORS)]
    for person in people:
        person.sign_in()
    plain = rate(seconds, people, lambda person: person.see("/sign-in"))
    home = rate(seconds, people, lambda person: person.page(person.base))
    print(f"web, {processes} process(es) of 4 threads: {plain} plain pages/s, {home} homes/s, {memory(server.pid)} MB")
    end(server)


def mail(made: House, shop: Merchant, workers: int) -> None:
    """Mails a second."""
    order = factory.order(factory.customer(shop))
    with unit_of_work():
        for n in range(MAILS):
            Mail.create(
                merchant=shop, template="new_order", to_address=f"p{n}@example.com", dedup_key=f"{workers}-{n}",
                facts=f'{{"order": "{order.id}"}}', order_id=str(order.id), due_at=utc_now(), created_at=utc_now(),
            )  # fmt: skip
    parts = [made.start(sys.executable, "-m", "workers", name) for name in ("clock", *["mail"] * workers)]
    waiting = Mail.select().where(Mail.state == MailState.DUE)
    until(lambda: waiting.count() < MAILS - 20, 60)
    began, left = time.monotonic(), waiting.count()
    until(lambda: waiting.count() < 20, 300)
    spent = time.monotonic() - began
    sizes = ", ".join(f"{memory(part.pid)}" for part in parts)
    print(f"mail, {workers} worker(s): {int((left - 20) / spent)} mails/s; clock and workers: {sizes} MB")
    for part in parts:
        end(part)


def main() -> None:
    """One after another, so that each has the machine to itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as made:
        shop = factory.merchant()
        for count in (1, 2):
            web(made, shop, count, seconds)
        for count in (1, 2):
            mail(made, shop, count)
        charges = made.start(sys.executable, "-m", "workers", "charges")
        time.sleep(5)
        print(f"a worker of charges, idle: {memory(charges.pid)} MB")


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as problem:
        raise SystemExit(str(problem)) from None
