"""One stuck attempt, refund or difference: our side beside the processor's, and what may be decided."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dash import html
from flask import g

from dashboard.fragment import Fragment
from dashboard.pages.merchant.payment_told import exact, tell
from dashboard.pages.merchant.trail_words import stage_read
from dashboard.pages.operations import frame
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations.stuck import words
from domain.operations.stuck.case import Case, DifferenceCase, case_of_attempt, case_of_difference, case_of_refund
from domain.reconciliation.words import said as differs
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _

_PATH = "/operations/money"
_UTC = ZoneInfo("UTC")


def attempt(viewer: Viewer, attempt_id: UUID) -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """An attempt's page."""
    case = _attempt(attempt_id)
    if case is None:
        raise NotFound(_("This attempt is not there."))
    title = _("Payment of %(amount)s") % {"amount": case.line.amount}
    return _page(title, case, f"{_PATH}/{attempt_id}", "attempt", _("Payments"), "")


def refund(viewer: Viewer, refund_id: UUID) -> html.Div:  # noqa: ARG001
    """A refund's page."""
    case = _refund(refund_id)
    if case is None:
        raise NotFound(_("This refund is not there."))
    title = _("Refund of %(amount)s") % {"amount": case.line.amount}
    return _page(title, case, f"{_PATH}/refunds/{refund_id}", "refund", _("Refunds"), "?of=refunds")


def difference(viewer: Viewer, difference_id: UUID) -> html.Div:  # noqa: ARG001
    """A difference's page."""
    case = _difference(difference_id)
    if case is None:
        raise NotFound(_("This difference is not there."))
    return html.Div(
        [
            frame.head(differs(case.line.kind), case.line.merchant_name,
                       back=(f"{_PATH}?of=differences", _("Differences"))),
            fragment("operations/stuck_difference.html", class_name="stack", case=case,
                     here=f"{_PATH}/differences/{difference_id}", path=_PATH, **_words()),
        ],
        className="stack",
    )  # fmt: skip


def _page(title: str, case: Case, here: str, kind: str, label: str, back: str) -> html.Div:  # noqa: PLR0917
    names = ", ".join(number for _order, number in case.line.orders)
    sentence = " · ".join(part for part in (case.line.merchant_name, case.line.customer_name, names) if part)
    return html.Div(
        [frame.head(title, sentence, back=(f"{_PATH}{back}", label)), _body(case, here, kind)], className="stack"
    )


def _body(case: Case, here: str, kind: str) -> Fragment:
    return fragment(
        "operations/stuck.html",
        class_name="stack",
        case=case,
        here=here,
        kind=kind,
        told=[tell(moment, _UTC) for moment in case.life.moments],
        reads=stage_read(case.line.stage) if case.line.stage else "",
        differs=words.differs,
        **_words(),
    )


def _words() -> dict[str, Any]:
    now = utc_now()
    return {
        "state": words.state,
        "said_by": words.said,
        "why_not": words.why_not,
        "decided": words.decided,
        "exact": partial(exact, zone=_UTC),
        "said": heard(),
        "now": now,
        **frame.words(now),
    }


def attempt_exists(viewer: Viewer, attempt_id: UUID) -> bool:  # noqa: ARG001 - an operator sees every merchant's
    """Whether there is such an attempt."""
    return _attempt(attempt_id) is not None


def refund_exists(viewer: Viewer, refund_id: UUID) -> bool:  # noqa: ARG001
    """Whether there is such a refund, through a processor."""
    return _refund(refund_id) is not None


def difference_exists(viewer: Viewer, difference_id: UUID) -> bool:  # noqa: ARG001
    """Whether there is such a difference."""
    return _difference(difference_id) is not None


def _attempt(row: UUID) -> Case | None:
    """Read once a request: the guard asks whether it is there before its page is drawn."""
    if g.get("stuck_attempt") is None:
        g.stuck_attempt = case_of_attempt(row, utc_now())
    found: Case | None = g.stuck_attempt
    return found


def _refund(row: UUID) -> Case | None:
    if g.get("stuck_refund") is None:
        g.stuck_refund = case_of_refund(row, utc_now())
    found: Case | None = g.stuck_refund
    return found


def _difference(row: UUID) -> DifferenceCase | None:
    if g.get("stuck_difference") is None:
        g.stuck_difference = case_of_difference(row)
    found: DifferenceCase | None = g.stuck_difference
    return found
