"""The books: do they hold?"""

from __future__ import annotations

from commands.command import Chosen, Command, with_store


def check_invariants(_chosen: Chosen) -> int:
    """Checks the books."""
    from domain.ledger.invariants import check

    with_store()
    broken = check()
    for one in broken:
        print(one)
    print(f"{len(broken)} broken" if broken else "All invariants hold.")
    return 1 if broken else 0


COMMANDS = (
    Command("check-invariants", "check the books; exit 1 and a list when something is wrong", check_invariants),
)
