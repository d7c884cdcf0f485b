"""Jobs: the ones that somebody looks for, one line each, or their errors by group. The address is the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from dashboard.fragment import Fragment
from dashboard.pages.merchant.house import number_in
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations import job_words as words
from domain.operations.about import About, Standing
from domain.operations.houses import house_of, houses
from domain.operations.search import Offer, find, offers
from domain.operations.search_runs import groups
from domain.operations.search_subject import subject
from domain.operations.search_terms import QUEUES, Filter, Line, Subject, Wanted
from domain.work.wake import Work
from kit.clock import utc_now
from kit.i18n import _

HERE = "/operations/jobs"
TYPED = ("customer", "order", "payment", "id", "kind", "queue", "state", "merchant", "from", "to", "group")
KEYS = (*TYPED, "view", "page")
_LONGEST = 160  # characters of a field
_SHOWN = 90  # characters of an error's message in the list


@dataclass(frozen=True)
class Told:
    """A line as it is shown."""

    line: Line
    what: str
    state: str
    tone: str
    about: tuple[str, ...]
    money: str
    money_tone: str
    error: str
    note: str  # what the row says of its latest try
    settled: bool  # the store knows that the row is done, whatever the error says
    act: str
    act_href: str


def layout(viewer: Viewer, page: str = "1", view: str = "", **typed: str) -> Fragment:  # noqa: ARG001
    """50 jobs that fit the form, or the groups of errors that fit it."""
    now, number = utc_now(), number_in(page)
    asked = {name: text for name in TYPED if (text := _plain(typed.get(name, "")))}
    wanted, grouped = wanted_of(asked), view == "groups"
    found = None if grouped else find(wanted, now=now, page=number)
    return fragment(
        "operations/jobs.html",
        said=heard(),
        here=HERE,
        typed={name: asked.get(name, "") for name in TYPED},
        asked=asked,
        choices=_choices(),
        grouped=groups(wanted, now) if grouped else None,
        found=found,
        told=[told(line, offer, now) for line, offer in zip(found.lines, offers(found.lines, now), strict=True)]
        if found
        else [],
        kind_name=words.kind_name,
        when=partial(when, now=now),
        before=_at(asked, page=number - 1) if number > 1 and not grouped else "",
        after=_at(asked, page=number + 1) if found and found.more else "",
        as_lines=_at(asked),
        as_groups=_at({name: text for name, text in asked.items() if name != "group"}, view="groups"),
        of_group=lambda key: _at({**{name: asked[name] for name in asked if name != "state"}, "group": key}),
    )


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()[:_LONGEST]


def wanted_of(asked: dict[str, str]) -> Filter:
    """What the address asks for. What makes no sense finds nothing: who acts on all that is found must not act on
    more than was meant."""
    house, kind, state = house_of(asked.get("merchant", "")), asked.get("kind", ""), asked.get("state", "")
    merchant = house.id if house else None
    since, until = _moment(asked.get("from", "")), _moment(asked.get("to", ""))
    senseless = (
        (asked.get("merchant") and house is None)
        or (kind and kind not in set(Work))
        or (state and state not in set(Wanted))
        or (asked.get("queue") and asked["queue"] not in QUEUES)
        or (asked.get("from") and since is None)
        or (asked.get("to") and until is None)
    )
    if senseless:
        return Filter(subject=Subject(ids=frozenset()))
    typed = {name: asked.get(name, "") for name in ("customer", "order", "payment", "id")}
    return Filter(
        kind=Work(kind) if kind else None,
        queue=asked.get("queue", ""),
        state=Wanted(state) if state else None,
        merchant=merchant,
        subject=subject(merchant=merchant, **typed),
        since=since,
        until=until,
        group=asked.get("group", "")[:16],
    )


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if 1970 <= at.year <= 9000 else None


def when(at: datetime | None, *, now: datetime) -> str:
    """A moment in UTC as short as it is clear: its time today, else its day as well."""
    if at is None:
        return "–"
    local = at.astimezone(UTC)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone(UTC).date() else f"{local:%Y-%m-%d %H:%M}"


def _at(asked: dict[str, str], **more: object) -> str:
    query = urlencode({**asked, **{name: value for name, value in more.items() if value != 1}})
    return f"{HERE}?{query}".rstrip("?")


def _choices() -> dict[str, list[tuple[str, str]]]:
    states = {
        Wanted.WAITING: _("Waiting"),
        Wanted.RUNNING: _("Running"),
        Wanted.DUE: _("Due, no hint"),
        Wanted.FAILED: _("Failed"),
        Wanted.DONE: _("Finished"),
        Wanted.DISCARDED: _("Discarded"),
    }
    return {
        "kind": [("", _("All")), *((str(kind), words.kind_name(kind)) for kind in Work)],
        "queue": [("", _("All")), *((name, name) for name in QUEUES)],
        "state": [("", _("All")), *((str(state), name) for state, name in states.items())],
        "merchant": [("", _("All")), *((one.slug, one.name) for one in houses())],
    }


def told(line: Line, offer: Offer | None, now: datetime) -> Told:
    """A line in words, with what can be done about it."""
    about = line.about
    message = line.message if len(line.message) <= _SHOWN else f"{line.message[:_SHOWN]}…"
    return Told(
        line=line,
        what=words.kind_name(line.row[0]) if line.row else line.name[:60],
        state=words.state_name(line.state),
        tone=words.state_tone(line.state),
        about=about_words(about),
        money=words.money_name(about.money) if about else "",
        money_tone=words.money_tone(about.money) if about else "plain",
        error=": ".join(part for part in (line.error, message) if part),
        note=about.facts.note if about and not line.error else "",
        settled=line.error != "" and about is not None and about.standing(now) is Standing.DONE,
        act=_offer_name(offer),
        act_href=f"{HERE}/{line.name}/{_FORMS[offer]}" if offer and line.row else "",
    )


_FORMS = {
    Offer.RECONCILE: "reconcile",
    Offer.SEND: "requeue",
    Offer.REQUEUE: "requeue",
    Offer.DISCARD: "discard",
}


def _offer_name(offer: Offer | None) -> str:
    if offer is None:
        return ""
    return {
        Offer.RECONCILE: _("Reconcile"),
        Offer.SEND: _("Send now"),
        Offer.REQUEUE: _("Requeue"),
        Offer.DISCARD: _("Discard"),
    }[offer]


def about_words(about: About | None) -> tuple[str, ...]:
    """Whom and what it is about, the person first."""
    if about is None:
        return ()
    facts = about.facts
    several = _("and %(n)d more") % {"n": facts.orders - 1} if facts.orders > 1 else ""
    numbered = _("try %(n)d") % {"n": facts.n} if facts.n else ""
    parts = (facts.customer_name, facts.order_number, several, numbered, facts.what)
    return tuple(part for part in parts if part)
