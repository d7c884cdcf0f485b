"""What a message says, before it is dressed as text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.accounts.viewer import MerchantFacts


@dataclass(frozen=True)
class Button:
    """The one thing to do: a verb with its object, and where it leads."""

    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """One message. `first` stands above the facts and the button, `after` below. Texts are plain, escaped later."""

    subject: str
    heading: str
    first: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    total: tuple[str, str] | None = None
    button: Button | None = None
    after: tuple[str, ...] = ()
    why: str = ""  # why the person gets this; at the foot
    manage: bool = True  # with the *Manage my account* link
    values: Mapping[str, str] = field(default_factory=dict)  # what a merchant's own words may name (words.py)


@dataclass(frozen=True)
class Envelope:
    """What a builder may know: the ids of the mail row, its recipient, and the merchant (None: a staff letter)."""

    facts: Mapping[str, str]
    to_address: str
    to_name: str
    merchant: MerchantFacts | None

    def uuid(self, key: str) -> UUID:
        """An id of the mail row."""
        return UUID(self.facts[key])

    @property
    def house(self) -> MerchantFacts:
        """The merchant of a customer's letter."""
        if self.merchant is None:
            raise ValueError("a customer's letter has a merchant")
        return self.merchant
