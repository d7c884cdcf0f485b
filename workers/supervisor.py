"""Starts everything, says when all of it answers, starts again what dies, and stops all of it in order."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from integrations.queue.connection import breaker
from integrations.queue.snapshot import WorkerView, reachable, snapshot
from kit.clock import real_now
from kit.config import Settings
from kit.errors import ConfigError
from kit.log import log
from workers import plans, valkey
from workers.children import Child, Plan
from workers.worker import worker_name

_START_PATIENCE = 60.0  # seconds until a start counts as failed
_DEATHS = 3  # so often a part may end during the start: one that was killed comes back, a broken one does not
_LOOK_EVERY = 0.25
_OVERDUE_EVERY = 5.0


class Supervisor:
    """The parent of all processes. One per data folder."""

    def __init__(self, chosen: Settings, say: Callable[[str], None]) -> None:
        self._settings = chosen
        self._say = say
        self._groups: list[list[Child]] = []  # in the order of their start; stopped in the reverse order
        self._stop = False

    def check(self) -> None:
        """Raises ConfigError when a port is taken or a tool is missing. Starts and changes nothing."""
        plans.require_free(plans.ports(self._settings))
        if self._settings.redis_url is None:
            valkey.plan(self._settings)

    def run(self, announce: Callable[[], None]) -> int:
        """Runs until SIGINT or SIGTERM; `announce` is called once, when everything answers.

        Raises ConfigError before anything is started. Returns 1 when a part does not come up.
        """
        self.check()
        with _alone(self._settings), self._signals():
            try:
                if not self._start_all():
                    return 0 if self._stop else 1
                announce()
                self._watch()
                return 0
            finally:
                self._stop_all()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_all(self) -> bool:
        """Starts group after group: the queue first, what the portal talks to, then the rest. True when all answer."""
        with_queue = True
        if self._settings.redis_url is None:
            valkey.reap(self._settings)
            if not self._start([valkey.plan(self._settings)]):
                return False
        elif not reachable():
            self._say("Redis does not answer at REDIS_URL. Starting without it: the clock does the work, more slowly.")
            with_queue = False
        breaker.reset()
        demo = plans.demo(self._settings) if self._settings.demo else []
        group = [*demo, *plans.works(self._settings), plans.web(self._settings, with_queue=with_queue)]
        return self._start(group, skip=lambda plan: plan.queue is not None and not with_queue)

    def _start(self, group: list[Plan], skip: Callable[[Plan], bool] = lambda _plan: False) -> bool:
        logs = self._settings.data_dir / "logs" if self._settings.demo else None
        children = [Child(plan, logs and logs / f"{plan.name}.log") for plan in group]
        self._groups.append(children)
        for child in children:
            child.start()
        waiting = [child for child in children if not skip(child.plan)]
        until, deaths = time.monotonic() + _START_PATIENCE, Counter[str]()
        while waiting and not self._stop:
            breaker.reset()
            deaths.update(child.plan.name for child in children if child.look_after())
            waiting = [child for child in waiting if not child.ready()]
            dying = next((child for child in waiting if deaths[child.plan.name] >= _DEATHS), None)
            if dying or time.monotonic() > until:
                self._report(dying or waiting[0])
                return False
            if waiting:
                time.sleep(0.05)
        return not self._stop

    def _report(self, child: Child) -> None:
        verb = "does not answer" if child.alive() else "ends at once"
        where = f" Its log: {child.log}" if child.log else ""
        self._say(f"Not started: {child.plan.name} {verb}, so everything is stopped again.{where}")

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._stop:
            for child in self._children():
                if child.look_after():
                    log().warning("supervisor.restarts", child=child.plan.name)
            if time.monotonic() - looked > _OVERDUE_EVERY:
                looked = time.monotonic()
                self._end_overdue()
            time.sleep(_LOOK_EVERY)

    def _children(self) -> list[Child]:
        return [child for group in self._groups for child in group]

    def _end_overdue(self) -> None:
        """Ends a worker whose job is older than twice its time-out: not even RQ's alarm got through to it."""
        overdue = {worker.name for worker in snapshot().workers if is_overdue(worker, real_now())}
        for child in self._children():
            if child.plan.queue and child.alive() and worker_name(child.plan.queue, child.pid) in overdue:
                log().error("supervisor.ends_hung_worker", child=child.plan.name)
                child.kill()

    def _stop_all(self) -> None:
        """The last started group first, so that the queue outlives the workers that report to it."""
        for group in reversed(self._groups):
            for child in group:
                child.ask_to_stop()
            asked = time.monotonic()
            for child in group:
                child.end(asked + child.plan.patience)


def is_overdue(worker: WorkerView, now: datetime) -> bool:
    """Whether a worker's job has run for more than twice its time-out."""
    if worker.job_since is None or worker.timeout is None:
        return False
    return (now - worker.job_since).total_seconds() > 2 * worker.timeout


@contextmanager
def _alone(chosen: Settings) -> Iterator[None]:
    """Holds the data folder; raises ConfigError when another supervisor does. The hold ends with the process."""
    chosen.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = chosen.data_dir / "run.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise ConfigError(
                f"Settle already runs on {chosen.data_dir} (process {file.read().strip() or 'unknown'}). Stop it first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def require_rest(chosen: Settings) -> None:
    """Raises ConfigError while a supervisor holds the data folder."""
    with _alone(chosen):
        pass


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
