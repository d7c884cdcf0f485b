"""The overview as text for a terminal of 80 columns: what `manage.py status` prints. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.operations.shapes import AccountLine, Overview, QueueLine, VerdictLine, WorkerLine
from domain.operations.spans import span
from domain.operations.terminal import WIDE, ends, heading, indented, moment, more, size, table, took
from domain.operations.theirs import gateway_name
from kit.i18n import _

_SHOWN = 10  # lines of a table: the worst come first
_MARKS = {"bad": "!!", "warn": " !", "info": " .", "good": "ok"}


def text(seen: Overview) -> list[str]:
    """The same truth as the screen's, in lines of at most 80 characters."""
    whole = _("%(name)s; queues, workers, clock and health are of the whole install") % {"name": seen.merchant_name}
    return [
        moment(seen.at, full=True) + (f"  {whole}" if seen.merchant else ""),
        *(row for line in seen.verdict for row in _said(line)),
        *_alarms(seen),
        *_due(seen),
        *_queues(seen.queues),
        *_workers(seen),
        *_gateway(seen.accounts, seen.more_accounts),
        *_clock(seen),
        *_health(seen),
        *_restart(seen),
    ]


def _said(line: VerdictLine) -> list[str]:
    return indented(f"{_MARKS[line.tone]} {line.sentence}", "   ")


def _alarms(seen: Overview) -> list[str]:
    if not seen.alarms:
        return [*heading(_("Alarms")), _("none open")]
    rows = [
        row
        for alarm in seen.alarms[:_SHOWN]
        for row in indented(
            f"{_MARKS.get(alarm.tone, ' !')} {moment(alarm.opened_at)} {alarm.heading}"
            + (_(" (silenced)") if alarm.silenced_until else _(" (acknowledged)") if alarm.acknowledged_at else ""),
            "         ",
        )
    ]
    return [*heading(_("Alarms")), *rows, *more(len(seen.alarms) - _SHOWN)]


def _due(seen: Overview) -> list[str]:
    title = heading(_("Due in the store"))
    lines = [line for line in seen.due if line.count]
    if not lines:
        return [*title, _("nothing is due")]
    rows = table(
        (_("what"), _("rows"), _("oldest"), _("state"), _("waits"), _("done by")),
        [
            (
                line.kind.value,
                line.count,
                span(line.oldest),
                line.going.value.replace("_", " "),
                line.waiting,
                ends(line.clearing),
            )
            for line in lines
        ],
    )
    total = {"n": f"{seen.due_count:,}", "oldest": span(seen.due_oldest), "end": ends(seen.clearing)}
    return [*title, *rows, _("together %(n)s, oldest %(oldest)s, done by: %(end)s") % total]


def _queues(queues: Iterable[QueueLine]) -> list[str]:
    head = (
        _("queue"),
        _("waits"),
        _("oldest"),
        _("in/min"),
        _("out/min"),
        _("p95 wait"),
        _("p95 run"),
        _("failed"),
        _("hands"),
    )
    rows = [
        (
            queue.name + (" " + _("(stopped)") if queue.stopped else ""),
            queue.waiting if queue.known else "?",
            span(queue.oldest),
            queue.in_a_minute,
            queue.out_a_minute,
            took(queue.wait_p95),
            took(queue.run_p95),
            queue.failed,
            queue.workers if queue.known else "?",
        )
        for queue in queues
    ]
    return [*heading(_("Queues")), *table(head, rows)]


def _workers(seen: Overview) -> list[str]:
    title = heading(_("Workers"))
    if not seen.reachable:
        return [*title, _("cannot be seen: Redis does not answer")]
    if not seen.workers:
        return [*title, _("none gives signs of life: start “python -m workers <queue>”")]
    head = (_("worker"), _("queue"), _("state"), _("job"), _("for"), _("last sign"))
    rows = [_worker(worker) for worker in sorted(seen.workers, key=lambda one: (not one.silent, not one.over_time))]
    return [*title, *table(head, rows[: 2 * _SHOWN]), *more(len(rows) - 2 * _SHOWN)]


def _worker(worker: WorkerLine) -> tuple[object, ...]:
    job = worker.job.value if worker.job else "–"
    return (
        worker.name[-28:],
        worker.queue,
        worker.state.replace("_", " "),
        job,
        span(worker.job_for),
        span(worker.heartbeat),
    )


def _gateway(accounts: Sequence[AccountLine], others: int) -> list[str]:
    title = heading(_("Gateway, last 10 minutes"))
    if not accounts:
        return [*title, _("no processor was called in the last hour")]
    head = (
        _("merchant"),
        _("at"),
        _("calls/min"),
        _("p95"),
        _("silent"),
        _("key"),
        _("busy"),
        _("unknown"),
        _("review"),
        _("declined"),
    )
    rows = [
        (
            account.slug[:20],
            gateway_name(account.gateway),
            account.calls_a_minute,
            took(account.p95),
            account.silent,
            account.refused,
            account.busy,
            account.unknown,
            account.review,
            "–" if account.declined is None else f"{account.declined // 10} %",
        )
        for account in accounts
    ]
    return [*title, *table(head, rows[:_SHOWN]), *more(max(len(rows) - _SHOWN, 0) + others)]


def _clock(seen: Overview) -> list[str]:
    if seen.clock_age is None:
        went = _("never went round: start “python -m workers clock”")
    else:
        went = _("went round %(ago)s ago") % {"ago": span(seen.clock_age)}
    coming = ", ".join(f"{tick.name} {moment(tick.next_at)}" for tick in seen.ticks[:3])
    missed = [tick for tick in seen.ticks if tick.missed or tick.failed]
    rows = [
        f" ! {tick.name} {moment(tick.last_due) if tick.last_due else ''} {tick.result or _('missed')}"
        for tick in missed
    ]
    return [
        *heading(_("Clock")),
        went,
        *indented(_("next: %(ticks)s") % {"ticks": coming}, "  "),
        *(row[:WIDE] for row in rows),
    ]


def _health(seen: Overview) -> list[str]:
    rows = []
    if (store := seen.store) is not None:
        facts = {
            "kind": store.kind,
            "size": size(store.size),
            "free": size(store.disk_free),
            "ms": f"{store.asked.total_seconds() * 1000:.1f}",
        }
        rows.append(_("store: %(kind)s, %(size)s, answers in %(ms)s ms, %(free)s free on the disk") % facts)
    if seen.valkey is not None and seen.valkey.reachable:
        facts = {"version": seen.valkey.version, "memory": size(seen.valkey.memory), "policy": seen.valkey.policy}
        rows.append(_("queue server: %(version)s, %(memory)s of memory, %(policy)s") % facts)
    if (mail := seen.mail) is not None:
        said = {"due": mail.due, "sent": mail.sent_hour, "failed": mail.failed_day, "p95": span(mail.p95)}
        rows.append(
            _("mail: %(due)d due, %(sent)d sent in the last hour (p95 %(p95)s), %(failed)d failed today") % said
        )
    if (hooks := seen.webhooks) is not None:
        counts = {"n": hooks.hour, "waiting": hooks.waiting, "failed": hooks.failed, "unknown": hooks.unknown}
        rows.append(
            _("webhooks: %(n)d in the last hour, %(waiting)d wait, %(failed)d failed, %(unknown)d unknown") % counts
        )
    return [*heading(_("Health")), *(part for row in rows for part in indented(row, "  "))]


def _restart(seen: Overview) -> list[str]:
    found = seen.restart
    if found is None:
        return []
    if not found.safe:
        what = {"attempts": found.attempts, "refunds": found.refunds, "jobs": len(found.jobs)}
        answer = _("not now: %(attempts)d charges and %(refunds)d refunds are being sent, %(jobs)d jobs run") % what
        longest = max((job.since for job in found.jobs if job.since), default=None)
        answer += _(", the longest for %(span)s") % {"span": span(longest)} if longest else ""
    else:
        answer = _("yes: nothing is in flight") if found.known else _("no charge is being sent; jobs cannot be seen")
    return [*heading(_("Safe to restart?")), *indented(answer, "  ")]
