"""How far a customer has come with the portal. Pure: what happened to one customer in, the furthest step out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.mail.catalogue import Template
from kit.calendar import local_day
from models.orders import OrderSource

# Letters to a customer that carry a link to the portal. Those about an account are left out: they follow its opening.
TELLING = (
    Template.INVITE,
    Template.RECEIPT,
    Template.PAYMENT_FAILED,
    Template.CONFIRM_AT_BANK,
    Template.BANK_DEBIT_ON_ITS_WAY,
    Template.NEW_ORDER,
    Template.METHOD_NEEDED,
    Template.BEFORE_CHARGE,
    Template.SCHEDULE_CHANGED,
    Template.CARD_EXPIRING,
    Template.NEW_CARD,
    Template.REFUND,
    Template.RETURNED,
)


class Step(StrEnum):
    """The steps, in their order. Who has reached one counts in all before it."""

    TOLD = "told"
    ACCEPTED = "accepted"
    OPENED = "opened"
    CONFIRMED = "confirmed"
    SIGNED_IN = "signed_in"
    METHOD = "method"
    PAID = "paid"


STEPS = tuple(Step)
NOBODY = ""  # neither told nor come: in no funnel, but among the customers


class Source(StrEnum):
    """How somebody first came."""

    MAIL = "mail"
    STORE = "store"
    FORM = "form"
    DIRECT = "direct"


@dataclass
class Trail:
    """What is known of one customer: the first time of each thing, None for never."""

    told: datetime | None = None
    campaign: str = ""
    accepted: datetime | None = None
    opened: datetime | None = None
    confirmed: datetime | None = None
    signed_in: bool = False
    method: bool = False
    paid: datetime | None = None
    bought: OrderSource | None = None  # where the first order came from

    @property
    def furthest(self) -> str:
        """The furthest step. A method that an import has put on file is no step of somebody who never signed in."""
        reached = (
            (Step.PAID, self.paid is not None),
            (Step.METHOD, self.method and self.signed_in),
            (Step.SIGNED_IN, self.signed_in),
            (Step.CONFIRMED, self.confirmed is not None),
            (Step.OPENED, self.opened is not None),
            (Step.ACCEPTED, self.accepted is not None),
            (Step.TOLD, self.told is not None),
        )
        return next((step.value for step, there in reached if there), NOBODY)

    @property
    def came(self) -> datetime | None:
        """When they first did something themselves."""
        return min((at for at in (self.opened, self.confirmed, self.paid) if at is not None), default=None)

    @property
    def by_themselves(self) -> bool:
        """Whether they came before anybody had told them, or without being told."""
        return self.came is not None and (self.told is None or self.came < self.told)

    def month(self, zone: str) -> date | None:
        """The first day of the month in which they were told first; None: they came by themselves, or nobody told."""
        if self.told is None or self.by_themselves:
            return None
        return local_day(self.told, zone).replace(day=1)

    @property
    def source(self) -> str:
        """By a mail when one had been accepted before they came; else by where they bought first; else directly."""
        if self.came is None:
            return ""
        if self.accepted is not None and self.accepted <= self.came:
            return Source.MAIL
        by_order = {OrderSource.STORE: Source.STORE, OrderSource.FORM: Source.FORM}
        return by_order.get(self.bought, Source.DIRECT) if self.bought else Source.DIRECT
