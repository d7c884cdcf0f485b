"""The allow-list: a job runs one of our functions on one row id, or it does not run.

Whoever can write to Redis can forge a job. JSON alone does not help: a forged one may name any function that can be
imported (reference: RQ's own issue 2389). So nothing of a job is believed but its kind and its id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rq.job import Job

from integrations.queue.kinds import FUNCTIONS
from kit.ids import as_uuid
from workers import jobs


class ForgedJob(Exception):
    """A job that we did not make. It fails and stays in sight of the operators."""


_FUNCTIONS: dict[str, Callable[[str], None]] = {
    name: getattr(jobs, name.removeprefix("workers.jobs.")) for name in FUNCTIONS
}


class OwnJob(Job):
    """A job that runs only what KINDS lists, with one UUID as its argument, and calls nobody back."""

    success_callback = failure_callback = stopped_callback = None  # a forged one would name a function

    @property
    def func(self) -> Callable[[str], None]:
        """The function, from the list and never by import. Raises ForgedJob."""
        found = _FUNCTIONS.get(str(self.func_name))
        if found is None or self.instance is not None or self.kwargs or not _one_id(self.args):
            raise ForgedJob(f"job {str(self.id)[:60]!r} is not one of ours")
        return found

    def send_webhooks(self, status: Any, *, exc_string: str | None = None) -> None:
        """Sends nothing: a forged job would choose whom."""


def _one_id(arguments: Any) -> UUID | None:
    if not isinstance(arguments, list | tuple) or len(arguments) != 1 or not isinstance(arguments[0], str):
        return None
    return as_uuid(arguments[0])
