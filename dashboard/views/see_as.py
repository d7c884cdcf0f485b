"""Seeing the portal as a customer sees it: begun and ended by a press, because both are logged."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.routes import LOOK, look_of
from dashboard.viewer import signed_in
from domain.accounts import see_as
from domain.accounts.viewer import Audience, Role

views = Blueprint("see_as", __name__)
STOP = f"{LOOK}/stop"


@views.post(LOOK)
@door(Audience.STAFF, role=Role.MANAGER)
def begin(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Opens the portal as this customer sees it, for a quarter of an hour."""
    see_as.begin(viewer=signed_in(), customer=customer_id)
    return redirect(look_of(slug, customer_id), HTTPStatus.SEE_OTHER)


@views.post(STOP)
@door(Audience.STAFF, role=Role.VIEWER)
def stop(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Ends it, back to the record."""
    see_as.stop(viewer=signed_in(), customer=customer_id)
    return redirect(f"/merchant/{slug}/customers/{customer_id}", HTTPStatus.SEE_OTHER)
