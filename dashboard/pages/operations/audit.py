"""What operators and commands did, and why: filters in the address, and a file to take away."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.fragment import Fragment
from dashboard.pages.operations import frame
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.events import words
from domain.events.record import Actor
from domain.operations import trail
from domain.operations.acts import Act
from domain.operations.houses import houses
from domain.operations.trail import Entry, Wanted
from kit.calendar import day_of
from kit.clock import utc_now
from kit.i18n import _, ngettext
from kit.ids import as_uuid

HERE = "/operations/audit"
KEYS = ("who", "act", "merchant", "from", "to")


@dataclass(frozen=True)
class Told:
    """An entry as it is shown. `detail`: what it was about and how many rows; `href` leads there."""

    entry: Entry
    who: str
    what: str
    detail: str
    href: str


def layout(viewer: Viewer, page: str = "1", **typed: str) -> Fragment:  # noqa: ARG001 - every layout is told who looks
    """50 entries that fit the form, the newest first."""
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    shown = trail.page_of(wanted(typed), number=number)
    asked = {name: typed[name] for name in KEYS if typed.get(name)}
    return fragment(
        "operations/audit.html",
        here=HERE,
        typed={name: typed.get(name, "") for name in KEYS},
        filtered=bool(asked),
        people=[("", _("Everybody")), *trail.people(), (Actor.COMMAND.value, _("Commands on the server"))],
        acts=[("", _("Everything")), *((f"operation.{act}", words.sentence(f"operation.{act}")) for act in Act)],
        merchants=[("", _("All merchants")), *((house.slug, house.name) for house in houses())],
        entries=[told(entry) for entry in shown.entries],
        newer=frame.address(HERE, **asked, page=str(number - 1)) if number > 1 else "",
        older=frame.address(HERE, **asked, page=str(number + 1)) if shown.more else "",
        export=frame.address(f"{HERE}.csv", **asked),
        **frame.words(utc_now()),
    )


def wanted(typed: dict[str, str]) -> Wanted:
    """What the address asks for; what makes no sense is left out."""
    who, act = typed.get("who", ""), typed.get("act", "")
    return Wanted(
        who=who if who in set(Actor) or as_uuid(who) else "",
        act=act if act in words.known() else "",
        merchant=typed.get("merchant", "")[:40],
        first=day_of(typed.get("from", "")),
        last=day_of(typed.get("to", "")),
    )


def told(entry: Entry) -> Told:
    """The entry in words."""
    who = entry.name or (_("A command on the server") if entry.actor is Actor.COMMAND else _("An operator"))
    return Told(entry, who, words.sentence(entry.kind), _detail(entry), _href(entry.about))


def _detail(entry: Entry) -> str:
    parts = [entry.about, entry.picked]
    if entry.done or entry.refused:
        parts.append(ngettext("%(n)d done", "%(n)d done", entry.done) % {"n": entry.done})
    if entry.refused:
        parts.append(ngettext("%(n)d refused", "%(n)d refused", entry.refused) % {"n": entry.refused})
    return " · ".join(part for part in parts if part)


def _href(about: str) -> str:
    """A job is named `<kind>-<row>`: it has a page."""
    kind, _dash, row = about.partition("-")
    return f"/operations/jobs/{about}" if kind.isalpha() and as_uuid(row) else ""
