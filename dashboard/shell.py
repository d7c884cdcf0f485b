"""The index HTML of a Dash page: everything around `<main>`, drawn per request, there before the first script."""

from __future__ import annotations

from typing import Any

from dash import Dash
from flask import abort
from markupsafe import Markup

from dashboard import assets_build, chrome, headers, suites
from dashboard.render import page
from dashboard.viewer import place
from kit.i18n import _

# Sets the theme before the first paint, unless the server wrote a saved choice. Bootstrap knows only the attribute.
THEME_SCRIPT = (
    "(function(d,m){if(d.dataset.bsTheme)return;function s(){d.dataset.bsTheme=m.matches?'dark':'light'}s();"
    "m.addEventListener('change',s)})(document.documentElement,matchMedia('(prefers-color-scheme:dark)'))"
)


class Portal(Dash):
    """Dash, with our index HTML and nothing about our machine in its configuration."""

    def index(self, *_args: Any, **_kwargs: Any) -> str:
        """The shell of the page that the guard has found."""
        here = place()
        if here is None:
            abort(404)
        headers.allow_inline(THEME_SCRIPT, self.renderer)
        frame = chrome.of_request(title=_(here.route.title))
        return page(
            "shell.html",
            chrome=frame,
            width="wide" if frame.rail else "",
            theme_script=Markup(THEME_SCRIPT),  # noqa: S704 - ours
            config=Markup(self._generate_config_html()),  # noqa: S704 - Dash's own JSON
            scripts=[*suites.first_scripts(self), *_our_scripts(), *map(assets_build.url_of, here.route.scripts)],
            renderer=Markup(self._generate_renderer()),  # noqa: S704 - Dash's own
        )

    def _config(self) -> dict[str, Any]:
        known: dict[str, Any] = super()._config()  # type: ignore[no-untyped-call]
        return {**known, "python_version": "", "dash_version_url": ""}


def _our_scripts() -> list[str]:
    return [assets_build.url_of(name) for name in assets_build.manifest() if name.endswith(".js") and "/" not in name]
