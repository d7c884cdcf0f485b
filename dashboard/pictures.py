"""Pictures that stand in a page itself."""

from __future__ import annotations

from base64 import b64encode


def data_url(image: bytes | None) -> str:
    """A PNG as a `data:` address; "" for none."""
    return "data:image/png;base64," + b64encode(image).decode() if image else ""
