"""The processor's hints: verified, stored, answered at once; a worker acts on them later (protocol.md 5)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from domain.accounts.viewer import Audience
from domain.payments.hints import SignatureInvalid, receive
from kit.errors import NotFound

views = Blueprint("webhooks", __name__)


@views.post("/webhooks/<path_token>")
@door(Audience.PUBLIC, machine=True)
def hint(path_token: str) -> ResponseReturnValue:
    """200 when it is stored (or was before), 400 when it is not signed by this account, 404 for no such address."""
    try:
        receive(path_token=path_token, body=request.get_data(), signature=request.headers.get("Stripe-Signature", ""))
    except NotFound:
        return {"error": "no such address"}, HTTPStatus.NOT_FOUND
    except SignatureInvalid:
        return {"error": "signature"}, HTTPStatus.BAD_REQUEST
    return {"received": True}
