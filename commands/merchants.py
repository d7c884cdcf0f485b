"""A merchant: made, connected to its processor, its decisions about collecting."""

from __future__ import annotations

import os
from collections.abc import Callable
from getpass import getpass
from typing import Any

from commands.command import Arguments, Chosen, Command, with_store
from kit.errors import DomainError


def policy_arguments(parser: Arguments) -> None:
    """The arguments of `policy`."""
    parser.add_argument("merchant", help="the merchant's portal address, e.g. harbor-yoga")
    for name in ("tries", "window-days", "bank-tries", "hour", "backup-after", "promise-days", "bill-days-ahead"):
        parser.add_argument(f"--{name}", type=int, metavar="N")
    parser.add_argument("--move-days", type=int, metavar="N", help="by how much customers may put off a run; 0: never")
    parser.add_argument("--customers-skip", choices=("yes", "no"), help="whether they may leave out a coming run")
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

    with_store()
    reads: dict[str, Callable[[str], object]] = {
        "spacing": lambda text: tuple(int(day) for day in text.split(",")),
        "end_action": EndAction,
        "part_payments": lambda text: text == "yes",
        "tell_before_charge": lambda text: text == "yes",
        "customers_skip": lambda text: text == "yes",
    }
    given = {name: value for name, value in vars(chosen).items() if value is not None and name in _decisions()}
    with connected():
        merchant = merchant_facts(chosen.merchant)
        if merchant is None:
            raise DomainError(f"There is no merchant at {chosen.merchant!r}.")
        try:
            changes: dict[str, Any] = {
                name: reads[name](value) if name in reads else value for name, value in given.items()
            }
        except ValueError:
            raise DomainError("Write the days between tries ascending, like 1,2,3,5,7.") from None
        if changes:
            change_policy(merchant=merchant.id, actor=Actor.COMMAND, **changes)
        for name, value in asdict(policy_of(merchant.id)).items():
            print(f"{name.replace('_', ' '):20} {','.join(map(str, value)) if isinstance(value, tuple) else value}")
    return 0


def _decisions() -> set[str]:
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

    settings = with_store()
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


COMMANDS = (
    Command(
        "setup", "make the first real merchant, its owner and the operator; connect Stripe", setup, setup_arguments
    ),
    Command("policy", "show or change how a merchant's failed payments are tried again", policy, policy_arguments),
)
