"""How gunicorn runs the portal: `gunicorn --config deploy/gunicorn.conf.py wsgi:server`.

The app is built and warmed once, then shared by the workers: half the start time, and less memory.
"""

from __future__ import annotations

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

    configure(settings().database_url)
