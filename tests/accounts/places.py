"""A page to land on."""

from __future__ import annotations

from typing import Any

from dash import html


def home(*_args: Any, **_ids: Any) -> Any:
    """Nothing but a heading."""
    return html.H1("Home")
