"""Old portal addresses lead on: whatever was mailed, printed or kept as a bookmark ends at the present one.

Asked only where an address has led nowhere, so that it costs the others nothing. 308 keeps method and body: a form that
stood open while the address changed still arrives.
"""

from __future__ import annotations

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from domain.merchants.portal_address import present_of

_HEADS = ("p", "merchant")


def install(server: Flask) -> None:
    """Public doors know no such merchant and answer 404: then the old addresses are asked."""
    server.after_request(_or_onwards)


def _or_onwards(response: Response) -> Response:
    if response.status_code != 404:
        return response
    onwards = leads_on()
    return onwards if isinstance(onwards, Response) else response


def leads_on() -> Answer | None:
    """The way on for a request to an old portal address; None for any other."""
    there = moved(request.full_path.rstrip("?"))
    return redirect(there, 308) if there else None


def moved(address: str) -> str | None:
    """The same page under the present portal address, or None when the address names no old one. One query."""
    path, mark, query = address.partition("?")
    parts = path.split("/")
    if len(parts) < 3 or parts[1] not in _HEADS or not parts[2] or "\x00" in parts[2]:
        return None
    old, present = f"/{parts[1]}/{parts[2]}", present_of(parts[2])
    if present is None:
        return None
    new = f"/{parts[1]}/{present}"
    back = query.replace(f"next={old}/", f"next={new}/") if query != f"next={old}" else f"next={new}"
    return "/".join(["", parts[1], present, *parts[3:]]) + mark + back
