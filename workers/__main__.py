"""`python -m workers <queue>`: one worker for one queue. `python -m workers clock`: the clock."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time

from redis import Redis, RedisError

from integrations.queue.connection import patient
from integrations.queue.kinds import QUEUES
from kit.errors import ConfigError
from kit.log import log
from workers import clock, leaving, measuring, notify
from workers.process import set_up
from workers.worker import OwnWorker, bury_the_dead, is_dead, make_worker, worker_name

_MAX_JOBS = 2000  # bounds the age, and with it whatever a library leaks


def main(arguments: list[str] | None = None) -> int:
    """Works until SIGTERM (the job in hand is finished first) or until `--max-jobs` are done."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("queue", choices=(*QUEUES, "clock"))
    parser.add_argument("--max-jobs", type=int, default=_MAX_JOBS)
    parser.add_argument("--burst", action="store_true", help="end when the queue is empty")
    chosen = parser.parse_args(arguments)
    try:
        set_up()
    except ConfigError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    measuring.start()
    if chosen.queue == "clock":
        return clock.main()
    return _work(chosen.queue, max_jobs=chosen.max_jobs, burst=chosen.burst)


def _work(queue: str, *, max_jobs: int, burst: bool) -> int:
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    OwnWorker.watchdog.start()
    notify.tell(notify.READY)
    redis = patient()
    _wait_for(redis)
    lost = bury_the_dead(queue, redis)
    if lost:
        log().warning("worker.found_lost_hints", queue=queue, count=lost)
    name = worker_name(queue, os.getpid())
    leaving.clean_up(name, is_dead)
    try:
        make_worker(queue, redis).work(burst=burst, max_jobs=max_jobs, logging_level="WARNING")
    except RedisError as problem:  # Redis went while we were signing in or out
        log().warning("worker.ends_without_redis", queue=queue, error=type(problem).__name__)
        return 1
    finally:
        leaving.clean_up(name, is_dead)
    return 0


def _wait_for(redis: Redis) -> None:
    """Redis may come later than we do; the clock does the work meanwhile."""
    said = False
    while True:
        try:
            redis.ping()
            return
        except (RedisError, OSError) as problem:
            if not said:
                log().warning("worker.waits_for_redis", error=type(problem).__name__)
                said = True
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
