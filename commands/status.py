"""How the install stands, for whoever is woken at night."""

from __future__ import annotations

import json

from commands.command import Arguments, Chosen, Command
from kit.errors import DomainError


def status_arguments(parser: Arguments) -> None:
    """What `status` takes."""
    parser.add_argument("--merchant", metavar="SLUG", help="only what is this merchant's, e.g. harbor-yoga")
    parser.add_argument("--json", action="store_true", help="for a program: one object, spans in seconds")


def status(chosen: Chosen) -> int:
    """Prints what the operators' overview shows. 0: well; 1: an alarm is open, something is bad, or the store is away.

    Needs neither Redis nor any process of ours; writes nothing.
    """
    from peewee import PeeweeException

    from domain.merchants.facts import merchant_facts
    from domain.operations.overview import overview
    from domain.operations.report import text
    from domain.operations.report_values import is_bad, values
    from kit.clock import utc_now
    from models.base import connected
    from models.schema import pending
    from workers.process import set_up

    set_up()
    try:
        if behind := pending():
            print(f"The store is behind this version by {', '.join(behind)}. Run: python manage.py migrate")
            return 1
        with connected():
            if chosen.merchant and merchant_facts(chosen.merchant) is None:
                raise DomainError(f"There is no merchant at {chosen.merchant!r}.")
        seen = overview(utc_now(), merchant=chosen.merchant)
    except PeeweeException as problem:
        print(f"The store at DATABASE_URL does not answer: {str(problem).splitlines()[0]}")
        return 1
    print(json.dumps(values(seen), indent=1) if chosen.json else "\n".join(text(seen)))
    return 1 if is_bad(seen) else 0


COMMANDS = (
    Command(
        "status", "how it stands: late work, workers, processors, clock; exit 1 on an alarm", status, status_arguments
    ),
)
