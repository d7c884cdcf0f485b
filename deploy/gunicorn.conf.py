"""How gunicorn runs the portal: `gunicorn --config deploy/gunicorn.conf.py wsgi:server`.

The app is built and warmed once, then shared by the workers: half the start time, and less memory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

worker_class = "gthread"
preload_app = True
timeout = 60
graceful_timeout = 15
control_socket_disable = True
loglevel = "warning"
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes its heartbeat files there safely
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def post_fork(_server: Any, _worker: Any) -> None:
    """A worker opens connections of its own: one that was opened before the fork belongs to the parent."""
    from kit.config import settings
    from models.base import configure
    from workers import measuring

    configure(settings().database_url)
    measuring.start()


def worker_exit(_server: Any, _worker: Any) -> None:
    """What a worker has measured goes to the store before it ends."""
    from workers import measuring

    measuring.start().stop()


def child_exit(_server: Any, worker: Any) -> None:
    """The figures of a worker that is gone stay added up; what it said of itself goes."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
