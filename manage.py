"""Commands for the people who run Settle: `python manage.py <command> --help`.

One row per command: what it is for, its arguments, what it does. A command only asks and prints; the doing is in the
domain function that it calls, imported when the command runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import ConfigError, DomainError

if TYPE_CHECKING:
    from domain.imports.summary import Progress
    from kit.config import Settings
    from sandbox.stage import Stage

Arguments = argparse.ArgumentParser
Chosen = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One row of the table. `run` returns the exit code."""

    name: str
    help: str
    run: Callable[[Chosen], int]
    arguments: Callable[[Arguments], object] = lambda _parser: None


def _with_store() -> Settings:
    """Sets this process up, with a store at this version. Raises ConfigError when it is away or behind."""
    from peewee import PeeweeException

    from models.schema import pending
    from workers.process import set_up

    settings = set_up()
    try:
        behind = pending()
    except PeeweeException as problem:
        raise ConfigError(f"The store at DATABASE_URL does not answer: {str(problem).splitlines()[0]}") from None
    if behind:
        raise ConfigError("The store is not up to date. Run: python manage.py migrate")
    return settings


def run(_chosen: Chosen) -> int:
    """Starts everything and stays until Ctrl-C."""
    from models.schema import migrate as to_head
    from workers import plans
    from workers.process import set_up
    from workers.supervisor import Supervisor, require_rest, say

    settings = set_up()
    supervisor = Supervisor(settings, say)
    supervisor.check()
    if settings.demo:
        plans.require_free(plans.ports(settings))  # before anything is moved that another one runs on
        require_rest(settings)
        to_head()
        _make_demo(settings)
        _wake_demo(settings)
    else:
        _with_store()

    def announce() -> None:
        say(f"Settle is ready: {settings.public_url}/")
        if settings.demo:
            say(f"Mail that it sends: {settings.inbox_url}/   Stop with Ctrl-C.")

    return supervisor.run(announce)


def _stage(settings: Settings) -> Stage:
    """The sandbox in this process, over the very file that its own process uses."""
    from sandbox.__main__ import store_path
    from sandbox.stage import Stage

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Stage(store_path(settings.data_dir), public_url=settings.sandbox_url)


def _make_demo(settings: Settings, last_day: date | None = None) -> None:
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
    print("Making the demo: three merchants, six months. It takes up to a minute, once.", file=sys.stderr)
    with closing(_stage(settings)) as stage:
        stage.forget()
        made = make(bank=stage, last_day=last_day or _yesterday(), watch=_demo_bar if shows else lambda _share: None)
    print(f"The demo is made: {made.customers} customers of three merchants, since {made.first_day}.", file=sys.stderr)


def _yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def _demo_bar(share: float) -> None:
    _one_line_bar("Demo", int(share * 1000), 1000)


def _wake_demo(settings: Settings) -> None:
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
    _make_demo(settings, chosen.last_day)
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


def migrate(_chosen: Chosen) -> int:
    """Brings the store to this version."""
    from models.schema import migrate as to_head
    from workers.process import set_up

    set_up()
    applied = to_head()
    print("\n".join(f"applied {name}" for name in applied) or "nothing to do: the store is up to date")
    return 0


def work(_chosen: Chosen) -> int:
    """Does what is due, in this process, and ends."""
    from domain.work.drain import drain

    _with_store()
    drained = drain()
    for kind, count in sorted(drained.done.items()):
        print(f"{count:6} {kind.value}")
    for row, error in drained.failed:
        print(f"failed {row.kind.value} {row.id}: {error}", file=sys.stderr)
    print(f"{drained.total:6} done, {len(drained.failed)} failed")
    return 1 if drained.failed else 0


def check_invariants(_chosen: Chosen) -> int:
    """Checks the books."""
    from domain.ledger.invariants import check

    _with_store()
    broken = check()
    for one in broken:
        print(one)
    print(f"{len(broken)} broken" if broken else "All invariants hold.")
    return 1 if broken else 0


def import_arguments(parser: Arguments) -> None:
    """What `import` takes."""
    parser.add_argument("file", type=Path, help="CSV, plain or gzipped, in UTF-8")
    parser.add_argument("--merchant", required=True, metavar="SLUG")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a column means; OURS - ignores it"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it would do and write nothing")
    parser.add_argument("--unpaid-last", type=int, default=0, metavar="N", help="leave each customer's latest N open")
    parser.add_argument("--due-in", type=int, default=0, metavar="DAYS", help="when those are due; 0: today")
    parser.add_argument("--invite", action="store_true", help="mail customers who have no account yet")


def import_file(chosen: Chosen) -> int:
    """Brings a file of purchases in; exit 1 when every row was refused."""
    from domain.imports.report import sentences
    from domain.imports.run import run_import

    _with_store()
    columns = dict(_pair(text) for text in chosen.map)
    summary = run_import(
        path=chosen.file,
        merchant=chosen.merchant,
        columns=columns,
        dry_run=chosen.dry_run,
        unpaid_last=chosen.unpaid_last,
        due_in_days=chosen.due_in,
        invite=chosen.invite,
        report=_bar if sys.stderr.isatty() else lambda _progress: None,
    )
    print("\n".join(sentences(summary)))
    return 1 if summary.refused_count and summary.refused_count == summary.rows else 0


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.rpartition("=")
    if not equals:
        raise DomainError(f"--map {text} has no “=”. Write it like --map Total=amount.")
    return theirs.strip(), ours.strip()


def _bar(progress: Progress) -> None:
    _one_line_bar(progress.stage, progress.done, max(progress.total, 1))


def _one_line_bar(stage: str, done: int, total: int) -> None:
    full = 30 * done // total
    bar = "█" * full + "·" * (30 - full)
    print(f"\r{stage:9} {bar} {100 * done // total:3}%", end="\n" if done >= total else "", file=sys.stderr, flush=True)


def policy_arguments(parser: Arguments) -> None:
    """The arguments of `policy`."""
    parser.add_argument("merchant", help="the merchant's portal address, e.g. harbor-yoga")
    for name in ("tries", "window-days", "bank-tries", "hour", "backup-after", "promise-days", "bill-days-ahead"):
        parser.add_argument(f"--{name}", type=int, metavar="N")
    parser.add_argument("--explore-percent", type=int, metavar="N", help="how often another moment is taken")
    parser.add_argument("--part-floor", type=int, metavar="MINOR", help="least part of an order, in minor units")
    parser.add_argument("--spacing", metavar="DAYS", help="days after the first failure, e.g. 1,2,3,5,7")
    parser.add_argument("--end-action", choices=("leave", "pause", "end", "write_off"))
    parser.add_argument("--part-payments", choices=("yes", "no"))
    parser.add_argument("--tell-before-charge", choices=("yes", "no"))


def policy(chosen: Chosen) -> int:
    """Shows what a merchant has decided about collecting, and changes it."""
    from dataclasses import asdict

    from domain.events.record import Actor
    from domain.merchants.facts import merchant_facts
    from domain.merchants.policy import change_policy, policy_of
    from models.base import connected
    from models.merchants import EndAction

    _with_store()
    reads = {
        "spacing": lambda text: tuple(int(day) for day in text.split(",")),
        "end_action": EndAction,
        "part_payments": lambda text: text == "yes",
        "tell_before_charge": lambda text: text == "yes",
    }
    given = {name: value for name, value in vars(chosen).items() if value is not None and name in asked_of_a_policy()}
    with connected():
        merchant = merchant_facts(chosen.merchant)
        if merchant is None:
            raise DomainError(f"There is no merchant at {chosen.merchant!r}.")
        try:
            changes = {name: reads.get(name, lambda value: value)(value) for name, value in given.items()}
        except ValueError:
            raise DomainError("Write the days between tries ascending, like 1,2,3,5,7.") from None
        if changes:
            change_policy(merchant=merchant.id, actor=Actor.COMMAND, **changes)
        for name, value in asdict(policy_of(merchant.id)).items():
            print(f"{name.replace('_', ' '):20} {','.join(map(str, value)) if isinstance(value, tuple) else value}")
    return 0


def asked_of_a_policy() -> set[str]:
    """The names of a policy's decisions."""
    from dataclasses import fields

    from domain.merchants.policy import Policy

    return {field.name for field in fields(Policy)}


def setup_arguments(parser: Arguments) -> None:
    """What `setup` takes; what is left out is asked for. The key comes from STRIPE_SECRET_KEY, or is asked for too."""
    for name in _SETUP_ASKS:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name)


def setup(chosen: Chosen) -> int:
    """Makes the first real merchant with its owner and the operator, and connects its Stripe account."""
    from domain.merchants.setup import set_up as make

    settings = _with_store()
    answers = {name: getattr(chosen, name) or input(f"{asked}: ").strip() for name, asked in _SETUP_ASKS.items()}
    made = make(
        **answers,
        secret_key=os.environ.get("STRIPE_SECRET_KEY") or getpass("Stripe secret key: "),
        webhook_secret=os.environ.get("STRIPE_WEBHOOK_SECRET"),
    )
    print(f"{settings.public_url}/p/{made.slug} is there, paid into “{made.gateway_name}” at Stripe.")
    if not made.livemode:
        print("The key is a test key: no money moves, and every page says TEST.")
    for address in made.mailed:
        print(f"A link to choose a password goes to {address} (run `python manage.py work` to send it now).")
    print(f"At Stripe, send webhooks to {settings.public_url}/webhooks/{made.path_token}")
    return 0


_SETUP_ASKS = {
    "slug": "Portal address, /p/…",
    "name": "Name of the business",
    "currency": "Currency, like USD",
    "country": "Country, like US",
    "zone": "Time zone, like America/New_York",
    "owner_name": "Owner's name",
    "owner_email": "Owner's e-mail",
    "operator_name": "Operator's name",
    "operator_email": "Operator's e-mail",
}


COMMANDS: tuple[Command, ...] = (
    Command("run", "start everything: web, workers, clock, embedded Valkey; in demo mode also inbox and sandbox", run),
    Command("demo", "make the demo, move its clock, print its sign-ins (demo mode only)", demo, demo_arguments),
    Command("migrate", "bring the store to this version", migrate),
    Command("import", "bring in customers and orders from a CSV file", import_file, import_arguments),
    Command(
        "setup", "make the first real merchant, its owner and the operator; connect Stripe", setup, setup_arguments
    ),
    Command("policy", "show or change how a merchant's failed payments are tried again", policy, policy_arguments),
    Command("work", "do what is due here and now, without a queue", work),
    Command("check-invariants", "check the books; exit 1 and a list when something is wrong", check_invariants),
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. A setting or a request that cannot be is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="python manage.py", description="Commands of Settle.")
    table = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        own = table.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(own)
        own.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except (ConfigError, DomainError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, EOFError):
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
