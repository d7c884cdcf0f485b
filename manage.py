"""Commands for the people who run Settle: `python manage.py <command> --help`.

One row per command: what it is for, its arguments, what it does. A command only asks and prints; the doing is in the
domain function that it calls, imported when the command runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from kit.errors import ConfigError, DomainError

Arguments = argparse.ArgumentParser
Chosen = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One row of the table. `run` returns the exit code."""

    name: str
    help: str
    run: Callable[[Chosen], int]
    arguments: Callable[[Arguments], object] = lambda _parser: None


def run(_chosen: Chosen) -> int:
    """Starts everything and stays until Ctrl-C."""
    from models.schema import migrate as to_head
    from models.schema import pending
    from workers.process import set_up
    from workers.supervisor import Supervisor, say

    settings = set_up()
    if settings.demo:
        to_head()
        _say_age_of_demo()
    elif pending():
        raise ConfigError("The store is not up to date. Run: python manage.py migrate")

    def announce() -> None:
        say(f"Settle is ready: {settings.public_url}/")
        if settings.demo:
            say(f"Mail that it sends: {settings.inbox_url}/   Stop with Ctrl-C.")

    return Supervisor(settings, say).run(announce)


def _say_age_of_demo() -> None:
    from domain.demo.clock import resume

    days = resume().days
    if days:
        word = "day" if days == 1 else "days"
        print(f"The demo is {days} {word} old. Catch up: python manage.py demo --advance {days}d")


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
    from workers.process import set_up

    set_up()
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
    from workers.process import set_up

    set_up()
    broken = check()
    for one in broken:
        print(one)
    print(f"{len(broken)} broken" if broken else "All invariants hold.")
    return 1 if broken else 0


COMMANDS: tuple[Command, ...] = (
    Command("run", "start everything: web, workers, clock, embedded Valkey; in demo mode also inbox and sandbox", run),
    Command("migrate", "bring the store to this version", migrate),
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
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
