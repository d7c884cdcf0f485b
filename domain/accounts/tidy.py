"""Clears away what identity no longer needs, once a day: counters that are forgotten, sessions and links long over."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.base import unit_of_work
from models.customers import LinkToken, Session, Throttle

_COUNTERS_KEPT = timedelta(days=2)  # longer than any window that counts
_TRACES_KEPT = timedelta(days=90)  # sessions and links, for the question who was in when


def tidy(now: datetime) -> int:
    """Deletes what is over; returns how many rows. Harmless to run twice."""
    with unit_of_work():
        counters = Throttle.delete().where(Throttle.since < now - _COUNTERS_KEPT).execute()
        sessions = Session.delete().where(Session.expires_at < now - _TRACES_KEPT).execute()
        links = LinkToken.delete().where(LinkToken.expires_at < now - _TRACES_KEPT).execute()
    return int(counters + sessions + links)
