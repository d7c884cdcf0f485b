"""The sample portal as gunicorn starts it: built and warm before the first request, like our own wsgi.py."""

from __future__ import annotations

from dashboard.app import create_server, warm_up
from kit.config import settings
from models import base
from tests.web import sample

base.configure(settings().database_url)
server = create_server(sample.ROUTES)
warm_up(server)
