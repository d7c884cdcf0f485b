"""HTML from templates: one auto-escaped environment, `fragment()` for Dash pages and `page()` for plain ones."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from dashboard import assets_build, chrome, language
from dashboard.fragment import Fragment
from kit.bidi import isolated
from kit.clock import utc_now
from kit.dates import humane_day, humane_moment
from kit.i18n import _, current_locale, current_zone, ngettext
from kit.money import Money

TEMPLATES = Path(__file__).parent / "templates"


def fragment(
    template: str, /, *, id: str | None = None, tag: str = "div", class_name: str | None = None, **values: Any
) -> Fragment:
    """The template as a component of a Dash page. `id`, `tag` and `class_name` are its wrapping element's."""
    return Fragment(markup(template, **values), id=id, tag=tag, className=class_name)


def markup(template: str, /, **values: Any) -> Markup:
    """The template as Markup. Raises jinja2.UndefinedError when a value it names is missing."""
    return Markup(_environment().get_template(template).render(values))  # noqa: S704 - the template escaped it


def page(template: str, /, **values: Any) -> str:
    """A whole plain page: a template that extends `base.html` or `door.html`, in the header of whoever is asking.

    Give `title`, and `merchant` (MerchantFacts) where nobody is signed in and the page is one merchant's.
    """
    if "chrome" not in values:
        values["chrome"] = chrome.of_request(title=values.get("title", ""), merchant=values.get("merchant"))
    return markup(template, **values)


def text(template: str, /, **values: Any) -> str:
    """A template of a text file (`.txt`), for a download."""
    return str(_environment().get_template(template).render(values))


def icon(name: str, label: str | None = None) -> Markup:
    """A vendored Bootstrap icon as inline SVG: hidden from screen readers unless it has a label of its own."""
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return _icon(name).format(spoken=spoken)


@lru_cache
def _icon(name: str) -> Markup:
    text = (TEMPLATES / "icons" / f"{name}.svg").read_text()
    inside = text[text.index(">") + 1 : text.rindex("</svg>")].strip()
    opening = '<svg class="i" viewBox="0 0 16 16" {spoken} focusable="false">'
    return Markup(f"{opening}{inside}</svg>")  # noqa: S704 - our own file


def _money(amount: Money) -> str:
    return str(amount)


def _day(day: date) -> str:
    return humane_day(day, utc_now().astimezone(current_zone()).date(), current_locale())


def _moment(at: datetime) -> str:
    return humane_moment(at, utc_now(), current_zone())


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=isolated,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(money=_money, day=_day, moment=_moment)
    made.globals.update(
        {"_": _, "ngettext": ngettext, "icon": icon, "csrf_token": generate_csrf, "csrf_field": _csrf_field}
    )
    made.globals["asset"] = assets_build.url_of
    made.globals["language_offer"] = language.offer
    return made
