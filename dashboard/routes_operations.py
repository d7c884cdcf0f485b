"""The operators' pages: their rows of the table in dashboard/routes.py."""

from __future__ import annotations

from functools import partial

from dashboard.route import Nav, Route
from domain.accounts.viewer import Audience
from domain.work.wake import Work


def operator() -> tuple[Route, ...]:
    """In the order of the navigation."""
    at, pages = "/operations", "dashboard.pages.operations"
    page = partial(Route, audience=Audience.OPERATOR)
    alive = partial(page, scripts=("plain/operations.js",))  # a page that refreshes itself
    return (
        alive(at, f"{pages}.overview:layout", "Overview", nav=Nav("Overview", "speedometer2"), query=("merchant",)),
        page(
            f"{at}/jobs",
            f"{pages}.jobs:layout",
            "Jobs",
            nav=Nav("Jobs", "list-ul"),
            query=(
                "customer",
                "order",
                "payment",
                "id",
                "kind",
                "queue",
                "state",
                "merchant",
                "from",
                "to",
                "group",
                "view",
                "page",
            ),
        ),
        page(
            f"{at}/jobs/<any({', '.join(Work)}):kind>-<uuid:row>",
            f"{pages}.job:layout",
            "Job",
            exists=f"{pages}.job:exists",
        ),
        *_stuck(f"{at}/money", pages),
        alive(f"{at}/clock", f"{pages}.clock:layout", "Clock", nav=Nav("Clock", "clock")),
        alive(f"{at}/workers", f"{pages}.workers:layout", "Workers", nav=Nav("Workers", "cpu")),
        alive(
            f"{at}/webhooks",
            f"{pages}.webhooks:layout",
            "Webhooks",
            nav=Nav("Webhooks", "arrow-left-right"),
            query=("merchant",),
        ),
        alive(f"{at}/mail", f"{pages}.mail:layout", "Mail", nav=Nav("Mail", "envelope"), query=("merchant",)),
        alive(f"{at}/alarms", f"{pages}.alarms:layout", "Alarms", nav=Nav("Alarms", "bell"), query=("merchant",)),
        page(
            f"{at}/audit",
            f"{pages}.audit:layout",
            "Audit",
            nav=Nav("Audit", "journal-text"),
            query=("who", "act", "merchant", "from", "to", "page"),
        ),
        page(f"{at}/history", f"{pages}.history:layout", "Last 7 days", query=("queue", "merchant")),
    )


def _stuck(at: str, pages: str) -> tuple[Route, ...]:
    page = partial(Route, audience=Audience.OPERATOR)
    one = f"{pages}.stuck"
    return (
        page(
            at,
            f"{pages}.money:layout",
            "Stuck money",
            nav=Nav("Stuck money", "cash-coin"),
            query=("of", "merchant", "page"),
        ),
        page(f"{at}/<uuid:attempt_id>", f"{one}:attempt", "Stuck payment", exists=f"{one}:attempt_exists"),
        page(f"{at}/refunds/<uuid:refund_id>", f"{one}:refund", "Stuck refund", exists=f"{one}:refund_exists"),
        page(
            f"{at}/differences/<uuid:difference_id>",
            f"{one}:difference",
            "Difference",
            exists=f"{one}:difference_exists",
        ),
    )
