"""Our own hands in a place that is being hurt: they try again until it has healed."""

from __future__ import annotations

import time
from collections.abc import Callable
from subprocess import CalledProcessError
from typing import TypeVar

import requests
from peewee import PeeweeException

from integrations.gateways.base import GatewayError
from kit.deadline import DeadlinePassed
from models import base

T = TypeVar("T")
# PostgreSQL does not start until the last process of the one that was killed is gone.
_AWAY = (PeeweeException, requests.RequestException, GatewayError, DeadlinePassed, CalledProcessError)


def patiently(act: Callable[[], T], seconds: float = 60.0) -> T:
    """Does it, again and again while a neighbour is away; only for what may be done twice."""
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except _AWAY:
            if not base.db.is_closed():
                base.db.close()  # what the factory has opened in this thread may be dead
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
