"""When somebody last looked whether a limit was passed."""

from __future__ import annotations

from datetime import datetime

from models.base import connected
from models.work import Fact

JUDGED = "alarms_judged"


def judged_at() -> datetime | None:
    """When somebody last looked; None when nobody ever has."""
    with connected():
        row = Fact.get_or_none(Fact.key == JUDGED)
    return datetime.fromisoformat(row.value) if row else None
