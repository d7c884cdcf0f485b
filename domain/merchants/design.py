"""A merchant's look, edited: colours and logo together, seen on real pages before anything is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from domain.accounts.viewer import MerchantFacts
from domain.customers.home import Home, home
from domain.events.record import Actor, record
from domain.mail.catalogue import Template
from domain.mail.dress import shown
from domain.mail.samples import letter_over
from domain.merchants.brand import checked_colour, readable_look
from domain.merchants.edits import Errors, locked_merchant, refuse_overtaken
from domain.merchants.facts import facts_of
from domain.merchants.logo import logo_of, store_logo, take_logo_away
from domain.merchants.redraw import Drawn, redrawn
from domain.merchants.sample import RECEIPT, sample_of
from domain.receipts.queries import ReceiptView, receipt_of
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import Logo, Merchant

FIELDS = ("brand", "brand_ink")
_NO_COLOUR = "#0f5c5c"


@dataclass(frozen=True)
class Design:
    """Checked colours and the picture that would be the logo; None: none is handed in."""

    brand: str
    brand_ink: str
    drawn: Drawn | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is adjusted so that everything can be read, in sentences."""
        return readable_look(self.brand, self.brand_ink).notes + (self.drawn.notes if self.drawn else ())


@dataclass(frozen=True)
class Sampled:
    """What is shown before a design is kept: the merchant as it would be, and a made-up customer's things."""

    house: MerchantFacts
    logo: bytes | None
    home: Home
    receipt: ReceiptView
    mail: str  # HTML; `cid:logo` stands for the picture


def design_of(merchant: UUID) -> dict[str, str]:
    """The colours, and the mark of the logo, as they stand. Two queries."""
    row, logo = Merchant.get_by_id(merchant), Logo.get_or_none(Logo.merchant == merchant)
    return {"brand": row.brand, "brand_ink": row.brand_ink, "logo": logo.digest if logo else ""}


def checked_design(*, brand: str, brand_ink: str, file: bytes | None) -> Design:
    """A design as it would be kept. Raises Wrong with every refused field: `brand`, `brand_ink`, `logo`. Pure."""
    errors = Errors()
    made = Design(
        errors.take("brand", lambda: checked_colour(brand), _NO_COLOUR),
        errors.take("brand_ink", lambda: checked_colour(brand_ink), _NO_COLOUR),
        errors.take("logo", lambda: redrawn(file), None) if file else None,
    )
    errors.settle()
    return made


def set_design(*, merchant: UUID, staff: UUID, was: str | None, design: Design, without_logo: bool) -> tuple[str, ...]:
    """Keeps colours and logo, all or none, and answers what changed: `brand`, `brand_ink`, `logo`.

    Raises Overtaken when somebody else was faster.
    """
    with unit_of_work():
        locked_merchant(merchant)
        now = design_of(merchant)
        refuse_overtaken(was, now)
        colours = {name: getattr(design, name) for name in FIELDS if getattr(design, name) != now[name]}
        if colours:
            Merchant.update(**colours).where(Merchant.id == merchant).execute()
            facts = {"what": ",".join(sorted(colours))}
            record("look.changed", merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)
        who = {"merchant": merchant, "actor": Actor.STAFF, "actor_id": staff}
        logo = False
        if without_logo:
            logo = take_logo_away(**who)  # type: ignore[arg-type]
        elif design.drawn is not None:
            logo = store_logo(drawn=design.drawn, **who)  # type: ignore[arg-type]
    return (*colours, *(("logo",) if logo else ()))


def sampled(merchant: UUID, design: Design | None, *, without_logo: bool = False) -> Sampled:
    """A made-up customer's home, receipt and mail under this design; None: as it stands. Nothing is kept."""
    with unit_of_work():
        row = Merchant.get_by_id(merchant)
        house, image = _would_be(facts_of(row), design, without_logo=without_logo)
        with sample_of(row) as sample:
            letter, envelope = letter_over(sample, Template.PAYMENT_FAILED, house)
            seen, receipt = home(sample.customer), receipt_of(sample.customer, RECEIPT)
    if receipt is None:
        raise DomainError(_("The preview could not be drawn. Try again."))
    mail = shown(letter, envelope, logo="cid:logo" if house.logo else "")
    return Sampled(house, image, seen, receipt, mail)


def _would_be(house: MerchantFacts, design: Design | None, *, without_logo: bool) -> tuple[MerchantFacts, bytes | None]:
    if design is not None:
        house = replace(house, brand=design.brand, brand_ink=design.brand_ink)
    if without_logo:
        return replace(house, logo="", logo_width=0, logo_height=0), None
    if design is None or design.drawn is None:
        return house, logo_of(house.id) if house.logo else None
    new = design.drawn
    return replace(house, logo=new.digest, logo_width=new.width, logo_height=new.height), new.image
