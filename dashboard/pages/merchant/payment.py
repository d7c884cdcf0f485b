"""A payment's life on one line of time, with every id, and as text for a support case."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g

from dashboard.fragment import Fragment
from dashboard.pages.merchant.house import house_of
from dashboard.pages.merchant.payment_told import as_text, exact, id_name, tell
from dashboard.pages.merchant.trail_words import origin_words, outside_words, stage_read
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.disputes.queries import undecided
from domain.payments.life import life_of, payment_row
from domain.reports.terms import term
from kit.errors import NotFound
from kit.i18n import _


def layout(viewer: Viewer, payment_id: UUID) -> Fragment:
    """The payment's page."""
    house, row = house_of(viewer), _row(viewer, payment_id)
    if row is None:
        raise NotFound(_("This payment is not there."))
    life, zone, base = life_of(row), ZoneInfo(house.zone), f"/merchant/{house.slug}"
    told = [tell(moment, zone) for moment in life.moments]
    return fragment(
        "merchant/payment.html",
        base=base,
        here=f"{base}/payments/{life.id}",
        life=life,
        payment=life,
        said=heard(),
        undecided=undecided(house.id, life.id),
        told=told,
        copied=as_text(life, told, zone),
        zone=zone.key,
        next_look=exact(life.next_look_at, zone) if life.next_look_at else "",
        term=term(life.code) if life.code else None,
        person=viewer,
        slug=house.slug,
        origin=origin_words(life.origin),
        outside=outside_words(life.external),
        reads=stage_read(life.stage),
        id_name=id_name,
    )


def exists(viewer: Viewer, payment_id: UUID) -> bool:
    """Whether the payment is this merchant's."""
    return _row(viewer, payment_id) is not None


def _row(viewer: Viewer, payment_id: UUID) -> Any:
    """Read once a request: the guard asks whether the payment is there before its page is drawn."""
    kept = g.get("payment_row")
    if kept is None or kept.id != payment_id:
        kept = g.payment_row = payment_row(house_of(viewer).id, payment_id)
    return kept
