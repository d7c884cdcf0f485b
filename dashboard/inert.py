"""A customer's page as somebody sees it who must not touch it: links stay inside, forms are taken out, buttons rest.

The one place that does so: it reads the finished HTML and writes it anew, each piece escaped again.
"""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.fragment import Fragment

_HTML = "html"  # the one property of a fragment; Dash gives a component its properties at run time
_EMPTY = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_PRESSED = frozenset({"button", "input", "select", "textarea", "fieldset"})
_DROPPED = frozenset({"action", "method", "formaction", "formmethod", "enctype", "target", "autofocus", "name"})

Inside = Callable[[str], str | None]  # an address of the portal, and where it is inside the look; None: nowhere


def page(drawn: Component, inside: Inside) -> Component:
    """The same components, every fragment of them inert."""
    if isinstance(drawn, Fragment):
        setattr(drawn, _HTML, str(html(getattr(drawn, _HTML), inside)))
        return drawn
    for child in _children(drawn):
        page(child, inside)
    return drawn


def _children(drawn: Component) -> list[Component]:
    within = getattr(drawn, "children", None)
    found = within if isinstance(within, list | tuple) else [within]
    return [child for child in found if isinstance(child, Component)]


def html(source: str, inside: Inside) -> Markup:
    """HTML of one of our templates without a form, with links inside only and nothing to press."""
    reader = _Reader(inside)
    reader.feed(source)
    reader.close()
    return Markup("").join(reader.written)


class _Reader(HTMLParser):
    def __init__(self, inside: Inside) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[Markup] = []
        self._inside = inside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            return
        if tag in ("script", "style", "iframe", "object", "embed"):
            raise ValueError(f"a customer's fragment has no <{tag}>")
        name = "div" if tag == "form" else tag
        kept = {key: value for key, value in given.items() if key not in _DROPPED or tag not in _acting(tag)}
        if tag == "a":
            kept = self._link(kept)
        if tag in _PRESSED:
            kept["disabled"] = None
        self.written.append(Markup("<{}{}>").format(name, Markup("").join(_attribute(*pair) for pair in kept.items())))

    def _link(self, given: dict[str, str | None]) -> dict[str, str | None]:
        href = self._inside(given.get("href") or "")
        rest = {key: value for key, value in given.items() if key not in ("href", "download", "target")}
        if href is None:
            return {**rest, "role": "link", "aria-disabled": "true"}
        return {**rest, "href": href}

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self.written.append(Markup("</{}>").format("div" if tag == "form" else tag))

    def handle_data(self, data: str) -> None:
        self.written.append(escape(data))


def _acting(tag: str) -> tuple[str, ...]:
    """Whose attributes would act; `name` of a form's parts goes too, of others (details) it stays."""
    return (tag,) if tag == "form" or tag in _PRESSED else ()


def _attribute(name: str, value: str | None) -> Markup:
    return Markup(" {}").format(name) if value is None else Markup(' {}="{}"').format(name, value)
