"""What a merchant's customers may do by themselves."""

from __future__ import annotations

from commands.command import Arguments, Chosen, Command, with_store
from kit.errors import DomainError


def portal_arguments(parser: Arguments) -> None:
    """What `portal` takes. What is left out stays as it is."""
    parser.add_argument("--slug", required=True, help="the merchant's portal address, e.g. harbor-yoga")
    parser.add_argument("--sign-in-links", choices=("on", "off"), help="whether customers may sign in by a mailed link")
    parser.add_argument("--own-contact", choices=("on", "off"), help="whether they change e-mail and phone themselves")


def portal(chosen: Chosen) -> int:
    """Turns switches of a merchant's portal, and shows how they stand."""
    from dataclasses import asdict

    from domain.events.record import Actor
    from domain.merchants.facts import merchant_facts
    from domain.merchants.portal import set_portal
    from models.base import connected

    with_store()
    with connected():
        house = merchant_facts(chosen.slug)
        if house is None:
            raise DomainError(f"There is no merchant at {chosen.slug!r}.")
        links, contact = _on(chosen.sign_in_links), _on(chosen.own_contact)
        stands = set_portal(merchant=house.id, actor=Actor.COMMAND, sign_in_links=links, own_contact=contact)
    for name, on in asdict(stands).items():
        print(f"{name.replace('_', ' '):20} {'on' if on else 'off'}")
    return 0


def _on(word: str | None) -> bool | None:
    return None if word is None else word == "on"


COMMANDS = (
    Command("portal", "show or change what a merchant's customers may do by themselves", portal, portal_arguments),
)
