"""How a merchant's pages, mails and receipts look."""

from __future__ import annotations

from pathlib import Path

from commands.command import Arguments, Chosen, Command, with_store
from kit.errors import DomainError

_DETAILS = {
    "name": "name of the business",
    "brand": "its colour, like #0f5c5c",
    "brand_ink": "the colour of text on it",
    "contact_email": "where customers write to",
    "contact_phone": "where they call",
    "hours": "when somebody answers, in a few words",
    "website": "https://…",
    "help_url": "https://… or mailto:…",
    "terms_url": "https://…",
    "privacy_url": "https://…",
}


def look_arguments(parser: Arguments) -> None:
    """What `look` takes. An empty text takes a detail away."""
    parser.add_argument("--slug", required=True, help="the merchant's portal address, e.g. harbor-yoga")
    for name, meaning in _DETAILS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="TEXT", help=meaning)
    parser.add_argument("--logo", metavar="FILE", help="PNG, JPEG or WebP, at most 2 MB; '' goes back to the initials")
    parser.add_argument("--preview", action="store_true", help="check everything and say what would be adjusted only")


def look(chosen: Chosen) -> int:
    """Changes a merchant's look, or only checks it, and says what had to be adjusted so that everybody can read it."""
    from domain.events.record import Actor
    from domain.merchants.facts import merchant_facts
    from domain.merchants.logo import remove_logo, set_logo
    from domain.merchants.look import set_look
    from models.base import connected

    settings = with_store()
    changes = {name: text for name in _DETAILS if (text := getattr(chosen, name)) is not None}
    picture = _read(chosen.logo) if chosen.logo else b""
    with connected():
        house = merchant_facts(chosen.slug)
        if house is None:
            raise DomainError(f"There is no merchant at {chosen.slug!r}.")
        brand, ink = changes.get("brand", house.brand), changes.get("brand_ink", house.brand_ink)
        notes = _preview(changes, picture, brand, ink)  # so that nothing is kept when the logo is refused
        if not chosen.preview:
            set_look(merchant=house.id, actor=Actor.COMMAND, changes=changes)
            if picture:
                set_logo(merchant=house.id, file=picture, actor=Actor.COMMAND)
            elif chosen.logo == "":
                remove_logo(merchant=house.id, actor=Actor.COMMAND)
    for note in notes:
        print(note)
    if chosen.preview:
        print("Nothing was kept: leave out --preview to keep it.")
    else:
        print(f"See it at {settings.public_url}/p/{house.slug}/sign-in")
    return 0


def _preview(changes: dict[str, str], picture: bytes, brand: str, ink: str) -> tuple[str, ...]:
    from domain.merchants.brand import readable_look
    from domain.merchants.look import checked
    from domain.merchants.redraw import redrawn

    for name, text in changes.items():
        checked(name, text)
    return readable_look(brand, ink).notes + (redrawn(picture).notes if picture else ())


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as trouble:
        raise DomainError(f"{file}: {trouble.strerror}.") from None


COMMANDS = (Command("look", "change how a merchant's pages, mails and receipts look", look, look_arguments),)
