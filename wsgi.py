"""The web server's entry point: `gunicorn wsgi:server`. Everything is built and warm before a worker accepts."""

from __future__ import annotations

import os

from kit import log
from kit.config import settings

_figures = settings().data_dir / "metrics"
_figures.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_figures))  # read when prometheus_client is first imported

from dashboard.app import create_server, warm_up  # noqa: E402
from models import base  # noqa: E402

log.configure()
base.configure(settings().database_url)
server = create_server()
warm_up(server)
app = server
