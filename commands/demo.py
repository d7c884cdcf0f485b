"""The demo: made, moved on, and told who can sign in."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

from commands.command import Arguments, Chosen, Command, one_line_bar
from kit.clock import real_now
from kit.errors import ConfigError

if TYPE_CHECKING:
    from kit.config import Settings
    from sandbox.stage import Stage


def _stage(settings: Settings) -> Stage:
    """The sandbox in this process, over the very file that its own process uses."""
    from sandbox.__main__ import store_path
    from sandbox.stage import Stage

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Stage(store_path(settings.data_dir), public_url=settings.sandbox_url)


def make_demo(settings: Settings, last_day: date | None = None) -> None:
    """Makes the demo where there is none; half a demo is made anew."""
    from domain.demo import empty, mark
    from domain.demo.make import make
    from workers.supervisor import require_rest

    if mark.is_made():
        return
    if mark.is_foreign():
        raise ConfigError(
            "The store has merchants of its own, so no demo is made in it. Choose another folder with DATA_DIR=…"
        )
    require_rest(settings)
    empty.store()
    shows = sys.stderr.isatty()
    print("Making the demo: three merchants, a year. It takes up to a minute, once.", file=sys.stderr)
    with closing(_stage(settings)) as stage:
        stage.forget()
        made = make(bank=stage, last_day=last_day or _yesterday(), watch=_demo_bar if shows else lambda _share: None)
    print(f"The demo is made: {made.customers} customers of three merchants, since {made.first_day}.", file=sys.stderr)


def _yesterday() -> date:
    return real_now().date() - timedelta(days=1)


def _demo_bar(share: float) -> None:
    one_line_bar("Demo", int(share * 1000), 1000)


def wake_demo(settings: Settings) -> None:
    """The clock goes on where it stopped, the bank's day with it; its events come to where we listen now."""
    from domain.demo import clock, webhooks

    days = clock.resume().days
    with closing(_stage(settings)) as stage:
        stage.run_ahead(clock.offset())
        webhooks.listen(stage)
    if days:
        print(
            f"The demo is {days} {'day' if days == 1 else 'days'} old: catch up or remake? It goes on where it stood."
        )
        print("  python manage.py demo --catch-up   plays the days that it missed")
        print("  python manage.py demo --remake     makes it anew, up to yesterday")


def demo_arguments(parser: Arguments) -> None:
    """What `demo` takes. Without anything it makes the demo where there is none."""
    parser.add_argument("--json", action="store_true", help="print the sign-ins as JSON")
    parser.add_argument("--last-day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="of its past; yesterday")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--advance", metavar="1d", help="move the clock and the bank's day on: 3h, 1d, 2w")
    what.add_argument("--catch-up", action="store_true", help="play the days that a rested demo has missed")
    what.add_argument("--remake", action="store_true", help="throw the demo away and make it anew")


def demo(chosen: Chosen) -> int:
    """Makes the demo, moves its clock, or prints who can sign in."""
    from domain.demo import logins, mark
    from domain.demo.advance import behind, span
    from models.schema import migrate as to_head
    from workers.process import set_up
    from workers.supervisor import require_rest

    settings = set_up()
    if not settings.demo:
        raise ConfigError("The demo lives in demo mode only. Run: SETTLE_MODE=demo python manage.py demo")
    to_head()
    if chosen.remake and not mark.is_foreign():
        require_rest(settings)
        mark.unmake()
    make_demo(settings, chosen.last_day)
    if chosen.advance or chosen.catch_up:
        by = span(chosen.advance) if chosen.advance else behind()
        print(_advance_demo(settings, by) if by else "Nothing to catch up: the demo's time is not behind.")
    if chosen.json:
        print(logins.as_json())
    return 0


def _advance_demo(settings: Settings, by: timedelta) -> str:
    """Moves both clocks: a running bank is asked to, a resting one is moved in this process."""
    from domain.demo.advance import advance
    from domain.work.wake import Work
    from integrations.gateways.registry import use_transport
    from integrations.gateways.standin import is_up, move_day
    from kit.log import quietly

    watch = _demo_bar if sys.stderr.isatty() else lambda _share: None
    bank = settings.gateway_url or settings.sandbox_url
    if is_up(bank):
        with quietly():
            return advance(by, move_bank=lambda ahead: move_day(bank, ahead), watch=watch).sentence()
    with closing(_stage(settings)) as stage, use_transport(stage.http), quietly():
        return advance(by, move_bank=stage.run_ahead, watch=watch, leave=frozenset({Work.MAIL})).sentence()


COMMANDS = (
    Command("demo", "make the demo, move its clock, print its sign-ins (demo mode only)", demo, demo_arguments),
)
