"""The account home: what do I owe, why did it fail, what do I press."""

from __future__ import annotations

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.customers.home import Home, home

_NOTES = 3  # failed payments told at length; further ones stand in the list


def layout(viewer: Viewer) -> Fragment:
    """One fragment: nothing on this page needs a callback."""
    facts = home(customer_of(viewer))
    return fragment(
        "customer/home.html",
        merchant=viewer.merchant,
        base=f"/p/{viewer.merchant.slug}" if viewer.merchant else "",
        home=facts,
        told=facts.failed[:_NOTES],
        first=_first(facts),
        said=heard(),
    )


def _first(facts: Home) -> tuple[object, object] | None:
    """The next date and amount, for the head when nothing is owed."""
    dates = [(thing.day, thing.amount) for thing in facts.next] + [(view.due_on, view.open) for view in facts.coming]
    return min(dates, key=lambda pair: pair[0], default=None)
