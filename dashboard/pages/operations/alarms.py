"""Alarms: what stands, what is silenced, what has cleared, and the rules with their limits."""

from __future__ import annotations

from dash import html

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, live
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations.alarms import queries, silence, words
from domain.operations.alarms.judged import judged_at
from domain.operations.alarms.rules import RULES
from kit.clock import utc_now
from kit.config import settings
from kit.i18n import _

_HERE = "/operations/alarms"


def layout(viewer: Viewer, merchant: str = "") -> html.Div:  # noqa: ARG001 - every layout is told who looks
    """The page, of one merchant or of all."""
    head = frame.head(
        _("Alarms"),
        _(
            "Limits that were passed. Each is mailed to every operator once, and daily until somebody looks after it. "
            "Times in UTC."
        ),
        path=_HERE,
        merchant=merchant,
    )
    return html.Div(
        [head, fragment("operations/alarms_said.html", said=heard()), live.frame(board(merchant))], className="stack"
    )


@live.board(_HERE)
def board(merchant: str = "") -> Fragment:
    """What stands, as of the latest look."""
    now = utc_now()
    return fragment(
        "operations/alarms.html",
        class_name="stack",
        now=now,
        lines=queries.open_alarms(now, merchant or None),
        cleared=queries.lately(now, merchant or None),
        silences=silence.standing(now),
        rules=queries.rules(),
        judged_at=judged_at(),
        webhook=settings().alarm_webhook_url is not None,
        calls=queries.calls(),
        whose={rule.whose: words.whose(rule.whose) for rule in RULES.values()},
        **frame.words(now),
    )
