"""Fragment: the one way to put HTML into a Dash page. It takes Markup only, so a plain string never becomes HTML.

Its browser side is `assets/fragment.js`, ten lines without a build step, loaded by the shell before Dash's renderer.
"""

from __future__ import annotations

import sys
from types import ModuleType

from dash.development.base_component import Component
from markupsafe import Markup

_NAMESPACE = "settle_fragment"
# Dash imports each component's namespace for its errors' sake; without one it searches the disk, at every component.
sys.modules.setdefault(_NAMESPACE, ModuleType(_NAMESPACE))


class Fragment(Component):
    """An element whose inside is the given Markup. Make it with `dashboard.render.fragment(template, …)`.

    Raises TypeError for anything but `markupsafe.Markup`. To change one from a callback, put a new Fragment into its
    parent's `children`.
    """

    _namespace = _NAMESPACE
    _type = "Fragment"
    _children_props: list[str] = []
    _prop_names: list[str] = ["id", "html", "tag", "className"]
    _valid_wildcard_attributes: list[str] = []
    available_wildcard_properties: list[str] = []

    def __init__(self, html: Markup, *, id: str | None = None, tag: str = "div", className: str | None = None) -> None:  # noqa: N803 - Dash's name
        if not isinstance(html, Markup):
            raise TypeError(f"Fragment takes Markup from a template, not {type(html).__name__}")
        given = {"id": id, "html": str(html), "tag": tag, "className": className}
        super().__init__(**{name: value for name, value in given.items() if value is not None})  # type: ignore[no-untyped-call]
