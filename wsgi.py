"""The web server's entry point: `gunicorn wsgi:server`. Everything is built and warm before a worker accepts."""

from __future__ import annotations

import os
from pathlib import Path

from kit import log
from kit.config import settings


def _share_figures(folder: Path) -> None:
    """Lets the workers add up their counts. Must come before prometheus_client is first imported, which reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))
    for counts in folder.glob("*_*.db"):
        try:
            os.kill(int(counts.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            counts.unlink(missing_ok=True)  # of a worker that is gone
        except (ValueError, PermissionError):
            pass


_share_figures(settings().data_dir / "metrics")

from dashboard.app import create_server, warm_up  # noqa: E402
from domain.demo import clock as demo_clock  # noqa: E402
from models import base  # noqa: E402

log.configure()
base.configure(settings().database_url)
if settings().demo:
    demo_clock.install()
server = create_server()
warm_up(server)
app = server
