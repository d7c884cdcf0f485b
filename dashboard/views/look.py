"""A merchant's logo, for everybody who knows its address."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from dashboard.door import door
from domain.accounts.viewer import Audience
from domain.merchants.logo import logo_at

views = Blueprint("look", __name__)


@views.get("/p/<slug>/logo/<digest>.png")
@door(Audience.PUBLIC)
def logo(slug: str, digest: str) -> Response:
    """The picture as we drew it. The address names its content, so a browser may keep it for good."""
    image = logo_at(slug, digest)
    if image is None:
        abort(404)
    answer = Response(image, mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
