"""What a person reads when something did not work: what happened and what to do next, never a trace."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue
from peewee import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from dashboard import chrome
from dashboard.render import page
from kit.errors import Conflict, DomainError, NotAllowed, NotFound
from kit.i18n import _
from kit.ids import code
from kit.log import log


def install(server: Flask) -> None:
    """Answers errors in the house's words."""
    server.register_error_handler(HTTPException, _http)
    server.register_error_handler(DomainError, _domain)
    server.register_error_handler(OperationalError, _store_away)
    server.register_error_handler(InterfaceError, _store_away)
    server.register_error_handler(Exception, _unexpected)


def _words(status: int) -> tuple[str, str]:
    """Heading and sentence of a status."""
    if status == HTTPStatus.NOT_FOUND:
        return _("This page does not exist"), _("The address may be mistyped, or what it showed is not yours to see.")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _("You cannot do this"), _("Your sign-in does not allow it. Ask whoever looks after your account.")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _("That is too large"), _("Go back, choose a smaller file or write less, and send it again.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _("Too many tries"), _("Wait a few minutes, then try again.")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _("We cannot reach our records just now"), _("Wait a minute, then load this page again.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _("Something went wrong on our side"), _("Load the page again to see how things stand.")
    return _("We could not accept that"), _("The page may have been open too long. Go back, load it again and repeat.")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error  # a redirect of the router's
    return answer(error.code, headers=[pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")])


def _domain(error: DomainError) -> ResponseReturnValue:
    kinds = ((NotFound, 404), (NotAllowed, 403), (Conflict, 409))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 400)
    return answer(status, sentence=error.sentence)


def _store_away(error: Exception) -> ResponseReturnValue:
    return answer(503, trace=record(error))


def _unexpected(error: Exception) -> ResponseReturnValue:
    return answer(500, trace=record(error))


def record(error: Exception) -> str:
    """Logs an error that nobody expected; returns the id that the person is shown."""
    trace = code()
    log().error("web.failed", trace=trace, endpoint=request.endpoint, method=request.method, exc_info=error)
    return trace


def answer(
    status: int, *, sentence: str | None = None, trace: str = "", headers: list[tuple[str, str]] | None = None
) -> ResponseReturnValue:
    """The error page, or JSON for a request of Dash's."""
    heading, usual = _words(status)
    if request.path.startswith("/_dash-"):
        return jsonify(error=heading, trace=trace), status, headers or []
    g.pop("inline_hashes", None)
    frame = chrome.bare(heading) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else chrome.of_request(title=heading)
    body = page("errors/error.html", chrome=frame, heading=heading, sentence=sentence or usual, trace=trace)
    return body, status, headers or []
