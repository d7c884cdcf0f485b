"""One job: whose money it is and whether it may have moved, its row, the queue's view beside it, and its runs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from dashboard.fragment import Fragment
from dashboard.pages.operations.jobs import HERE, about_words
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations import job_words as words
from domain.operations.about import Standing
from domain.operations.job import Job, Odds, is_job, job, works_for
from domain.operations.refusals import sentence
from domain.operations.search_terms import name_of
from domain.operations.spans import span
from domain.work.wake import Work
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _


def exists(_viewer: Viewer, kind: str, row: UUID) -> bool:
    """Whether the store or the queue knows anything of it."""
    return is_job(name_of((Work(kind), row)))


def layout(viewer: Viewer, kind: str, row: UUID) -> Fragment:
    """The job's page."""
    found = job(name_of((Work(kind), row)), now=utc_now())
    if found is None:
        raise NotFound(_("Nothing is known of this job."))
    about = found.about
    mine = works_for(viewer.staff_id, about.merchant if about else None)
    return fragment(
        "operations/job.html",
        said=heard(),
        here=f"{HERE}/{found.name}",
        jobs=HERE,
        job=found,
        about=about,
        title=words.kind_name(found.kind),
        parts=about_words(about),
        money=words.money_name(found.money) if found.money else "",
        money_tone=words.money_tone(found.money) if found.money else "plain",
        money_sentence=words.money_sentence(found.kind, found.money) if found.money else "",
        standing=_standing(found.standing),
        odds=_odds(found.odds),
        house=f"/merchant/{about.merchant_slug}" if mine and about else "",
        state_name=words.state_name,
        state_tone=words.state_tone,
        ms=lambda ms: span(timedelta(milliseconds=ms)) if ms >= 1000 else _("%(n)d ms") % {"n": ms},
        span=span,
        why=sentence,
        by=_by(),
        acts=_acts(found),
    )


def _acts(found: Job) -> list[tuple[str, str]]:
    """What can be done about it, the first as the filled button."""
    if found.reconcile is None:
        return [("reconcile", _("Ask the processor"))]
    able = []
    if found.requeue is None:
        able.append(("requeue", _("Send now") if found.kind is Work.MAIL else _("Requeue")))
    if found.discard is None and (found.failed_last or found.standing is not Standing.DONE):
        able.append(("discard", _("Discard")))
    return able


def _by() -> dict[str, str]:
    return {"job": _("a job"), "wave": _("a wave"), "clock": _("the clock itself")}


def _standing(standing: Standing | None) -> tuple[str, str]:
    if standing is None:
        return _("gone"), "plain"
    return {
        Standing.DUE: (_("due"), "warn"),
        Standing.CLAIMED: (_("in hand"), "info"),
        Standing.LATER: (_("planned"), "plain"),
        Standing.DONE: (_("done"), "good"),
    }[standing]


def _odds(odds: Odds | None) -> str:
    if odds is None:
        return ""
    return {
        Odds.DONE_NOT_FAILED: _(
            "The queue lists this job as failed or abandoned. The store says that the work is done, and the store is "
            "right: nothing is left to do."
        ),
        Odds.DONE_STILL_LISTED: _(
            "A hint still stands in the queue, and the work is done. Whoever takes the hint finds nothing to do."
        ),
        Odds.NO_HINT: _(
            "The row is due, and no hint of it stands in the queue. Nothing is lost: the clock gives it one within "
            "seconds."
        ),
        Odds.LOST_HINT: _(
            "The queue believes that this job waits, and it stands in no list. Nothing is lost: the row is due, and "
            "the clock hints again within ten minutes."
        ),
        Odds.OVER_TIME: _(
            "The queue believes that this job runs, for longer than it may. Its worker has fallen silent; the row "
            "comes free when its lease ends, and is done again from what the store knows."
        ),
        Odds.FAILED_STILL_DUE: _(
            "The hint has failed, and the row is still due. Nothing is lost: a minute after a failure the clock hints "
            "again."
        ),
        Odds.REDIS_AWAY: _("Redis does not answer, so the queue’s view is missing. The row below is the truth."),
    }[odds]
