"""Which kinds of jobs there are: the queue each waits in, how long it may take, the one function it runs.

The allow-list of the workers. A job carries the id of a row and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of work. `timeout` in seconds: shorter than the lease that the row's claim takes.

    `lanes`: how many jobs of one row may run side by side. `first`: somebody may be waiting for it, so it goes ahead of
    what waits already.
    """

    name: str
    queue: str
    timeout: int
    function: str
    lanes: int = 1
    first: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("attempt", "charges", 60, "workers.jobs.look_at_attempt", first=True),
        Kind("collect", "charges", 60, "workers.jobs.collect_order"),
        Kind("retry", "charges", 60, "workers.jobs.make_planned_try"),
        Kind("schedule", "charges", 60, "workers.jobs.run_schedule"),
        Kind("refund", "charges", 60, "workers.jobs.look_at_refund", first=True),
        Kind("promise", "charges", 60, "workers.jobs.judge_promise"),
        Kind("method", "charges", 60, "workers.jobs.forget_method"),
        Kind("wave", "charges", 60, "workers.jobs.work_through_account", lanes=16),
        Kind("mail", "mail", 60, "workers.jobs.send_mail"),
        Kind("alarm", "mail", 60, "workers.jobs.call_about_alarm", first=True),
        Kind("webhook", "webhooks", 60, "workers.jobs.apply_webhook"),
        Kind("rollup", "figures", 60, "workers.jobs.count_day", first=True),
        Kind("import", "imports", 3600, "workers.jobs.work_on_import"),
        Kind("tick", "upkeep", 600, "workers.jobs.run_tick"),
    )
}
QUEUES: tuple[str, ...] = tuple(dict.fromkeys(kind.queue for kind in KINDS.values()))
FUNCTIONS: frozenset[str] = frozenset(kind.function for kind in KINDS.values())


def job_id(kind: str, row_id: object, lane: int = 0) -> str:
    """The name of the job for a row: one hint per row and lane, however often it is given."""
    return f"{kind}-{row_id}_{lane}" if lane else f"{kind}-{row_id}"


def of_job(name: str) -> tuple[str, str]:
    """Kind and row of a job's name."""
    kind, _dash, row = name.partition("-")
    return kind, row.partition("_")[0]
