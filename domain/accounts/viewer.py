"""Who is asking, as every door and use case sees it. Made from the session only, never from the browser's ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.bidi import bare
from models.customers import Audience
from models.merchants import Role

__all__ = ["Audience", "MerchantFacts", "Role", "Viewer"]


@dataclass(frozen=True)
class MerchantFacts:
    """What every page needs to know of the merchant: name, look, how to reach it."""

    id: UUID
    slug: str
    name: str
    currency: str
    zone: str
    locale: str
    country: str
    brand: str
    brand_ink: str
    test_mode: bool  # its gateway account is a test-mode one, or this is the demo: TEST stands on every page
    contact_email: str
    contact_phone: str
    hours: str
    postal_address: str = ""  # lines, as on an envelope
    website: str = ""  # links are checked: https:// or mailto:, or empty
    help_url: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    logo: str = ""  # its digest, which names its address; empty: the initials stand in
    logo_width: int = 0
    logo_height: int = 0
    sign_in_links: bool = False  # customers may have a link mailed that signs them in

    @property
    def initials(self) -> str:
        """One or two letters for the mark."""
        name = bare(self.name)
        words = [word for word in name.split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or name[:1].upper()


@dataclass(frozen=True)
class Look:
    """Somebody of the team sees the portal as this customer sees it, until then."""

    name: str
    until: datetime


@dataclass(frozen=True)
class Viewer:
    """A signed-in person. `customer_id` is whom an account acts for now; `role` is a merchant person's."""

    session_id: UUID
    audience: Audience
    name: str
    email: str
    account_id: UUID | None = None
    staff_id: UUID | None = None
    customer_id: UUID | None = None
    merchant: MerchantFacts | None = None  # None for an operator, and for staff outside a merchant's pages
    role: Role | None = None
    operator: bool = False
    read_only: bool = False
    look: Look | None = None  # a merchant's person sees the portal as a customer does; `read_only` then
    locale: str = ""  # the language that the person chose
    proved_at: datetime | None = None  # when the person last proved who they are
    second_factor: bool = False  # a merchant's person or an operator who signs in with a code
    records: int = 0  # how many customer records the account may act for

    def may(self, role: Role) -> bool:
        """Whether a merchant's person has at least this role: an owner may all, a manager acts, a viewer looks."""
        return self.role is not None and _RANK[self.role] >= _RANK[role]


_RANK = {Role.VIEWER: 0, Role.MANAGER: 1, Role.OWNER: 2}
