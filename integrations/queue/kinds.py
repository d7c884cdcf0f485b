"""Which kinds of jobs there are: the queue each waits in, how long it may take, the one function it runs.

The allow-list of the workers. A job carries the id of a row and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of work. `timeout` in seconds: shorter than the lease that the row's claim takes."""

    name: str
    queue: str
    timeout: int
    function: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("attempt", "charges", 60, "workers.jobs.look_at_attempt"),
        Kind("collect", "charges", 60, "workers.jobs.collect_order"),
        Kind("retry", "charges", 60, "workers.jobs.make_planned_try"),
        Kind("schedule", "charges", 60, "workers.jobs.run_schedule"),
        Kind("refund", "charges", 60, "workers.jobs.look_at_refund"),
        Kind("promise", "charges", 60, "workers.jobs.judge_promise"),
        Kind("mail", "mail", 60, "workers.jobs.send_mail"),
        Kind("webhook", "webhooks", 60, "workers.jobs.apply_webhook"),
        Kind("tick", "upkeep", 600, "workers.jobs.run_tick"),
    )
}
QUEUES: tuple[str, ...] = tuple(dict.fromkeys(kind.queue for kind in KINDS.values()))
FUNCTIONS: frozenset[str] = frozenset(kind.function for kind in KINDS.values())


def job_id(kind: str, row_id: object) -> str:
    """The name of the job for a row: one hint per row, however often it is given."""
    return f"{kind}-{row_id}"
