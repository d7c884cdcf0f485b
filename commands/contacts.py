"""Changes of contact details that customers asked for: listed, made, declined."""

from __future__ import annotations

from uuid import UUID

from commands.command import Arguments, Chosen, Command, with_store
from kit.errors import DomainError


def contact_change_arguments(parser: Arguments) -> None:
    """The arguments of `contact-change`."""
    parser.add_argument("--merchant", required=True, help="the merchant's portal address, e.g. harbor-yoga")
    parser.add_argument("--done", type=UUID, metavar="ID", help="make this change; a new e-mail must then be confirmed")
    parser.add_argument("--decline", type=UUID, metavar="ID", help="leave things as they are, and tell the customer")


def contact_change(chosen: Chosen) -> int:
    """Makes or declines one change, then lists what is still asked for."""
    from domain.customers.contact import ChangeState
    from domain.customers.decide_change import decline_change, finish_change
    from domain.customers.details import asked_of
    from domain.merchants.facts import merchant_facts
    from models.base import connected

    with_store()
    with connected():
        merchant = merchant_facts(chosen.merchant)
        if merchant is None:
            raise DomainError(f"There is no merchant at {chosen.merchant!r}.")
        if chosen.done:
            state = finish_change(merchant=merchant.id, change=chosen.done)
            print("Changed." if state is ChangeState.DONE else "A link goes to the new address, which must confirm.")
        if chosen.decline:
            decline_change(merchant=merchant.id, change=chosen.decline)
            print("Declined; the customer is told.")
        asked = asked_of(merchant.id)
        for each in asked:
            print(
                f"{each.id}  {each.day}  {each.customer} {each.reference}: {each.what} {each.now!r} → {each.wanted!r}"
            )
        if not asked:
            print("No customer asks for a change.")
    return 0


COMMANDS = (
    Command(
        "contact-change", "show, make or decline what customers ask to change", contact_change, contact_change_arguments
    ),
)
