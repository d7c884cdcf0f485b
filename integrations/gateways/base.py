"""What the portal asks of a payment processor. One driver per file beside this one; vendor words stay in there.

Every method may raise exactly two things besides returning a value:
`GatewayRefused` (the processor answered with something that is no verdict: 400, 401, 403, 404, 409, 429) and
`GatewayUnreachable` (no usable answer: time-out, connection, 5xx, garbage). A decline is neither: it comes back as an
Intent with `decline` set. protocol.md 2, "Error answers are not verdicts".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from kit.deadline import Deadline
from kit.money import Money


class GatewayError(Exception):
    """The processor gave no verdict."""


class GatewayRefused(GatewayError):
    """An answer that is not a verdict on the payment."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(f"{status} {code}")  # the message may quote what we sent: it is kept, not printed
        self.status, self.code, self.message = status, code, message


class GatewayUnreachable(GatewayError):
    """No usable answer arrived; the call may or may not have taken effect."""


class SignatureInvalid(Exception):
    """A webhook that the processor did not sign, or signed too long ago."""


class IntentStatus(StrEnum):
    """Stripe's PaymentIntent states, the vocabulary that every driver maps to."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class MethodKind(StrEnum):
    """What a payment method is."""

    CARD = "card"
    BANK = "us_bank_account"


@dataclass(frozen=True)
class Decline:
    """The issuer's or bank's "no", as the processor passes it on."""

    code: str  # the processor's own: card_declined, expired_card, …
    decline_code: str  # insufficient_funds, lost_card, …, or R01 for bank debits; the code again if there is none
    network_code: str | None = None  # the card network's response code, e.g. 51
    advice: str | None = None  # the network's advice code, e.g. 03
    message: str = ""


@dataclass(frozen=True)
class Intent:
    """One request to move money, as the processor sees it now."""

    id: str
    status: IntentStatus
    amount: Money
    captured: Money
    customer: str
    method: str | None
    attempt: str | None  # metadata settle_attempt; None: foreign
    install: str | None  # metadata settle_install
    created: datetime
    livemode: bool
    charge: str | None = None  # id of its latest charge
    decline: Decline | None = None
    action_url: str | None = None  # where the person confirms at the bank
    final_on: date | None = None  # a bank debit in PROCESSING: expected final day, when the processor says


@dataclass(frozen=True)
class MethodDetails:
    """A stored card or bank account: token and what may be shown."""

    id: str
    kind: MethodKind
    customer: str | None
    fingerprint: str
    brand: str  # visa, mastercard, …; for a bank account the bank's name
    last4: str
    exp_month: int | None = None
    exp_year: int | None = None
    country: str | None = None
    funding: str | None = None  # credit, debit, prepaid; checking, savings


class SetupStatus(StrEnum):
    """Where a visit to the processor's hosted page stands."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Setup:
    """A visit to the processor's hosted page for adding a method."""

    id: str
    status: SetupStatus
    url: str | None
    reference: str  # our client_reference_id: the pay intention's or visit's handle
    customer: str | None
    method: MethodDetails | None = None
    verify: str | None = None  # bank account that awaits verification: page where the amounts are entered
    mandate: str | None = None
    failure: str | None = None  # why a bank account could not be verified: the processor's code


@dataclass(frozen=True)
class Charge:
    """One charge in the processor's own list: the independent truth."""

    id: str
    intent: str | None
    amount: Money
    refunded: Money
    paid: bool
    attempt: str | None
    install: str | None
    created: datetime


class RefundStatus(StrEnum):
    """Stripe's refund states."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class GatewayRefund:
    """Money given back, as the processor sees it now."""

    id: str
    status: RefundStatus
    amount: Money
    intent: str | None
    refund: str | None  # metadata settle_refund: our row; None: made elsewhere
    install: str | None
    created: datetime
    failure: str | None = None


class DisputeStatus(StrEnum):
    """What matters of Stripe's dispute states. No money moves for the first two."""

    INQUIRY = "inquiry"  # the bank asks: `warning_needs_response`, `warning_under_review`
    CLOSED = "closed"  # one that led to nothing: `warning_closed`, `prevented`
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class GatewayDispute:
    """A card dispute, or a bank debit that came back late."""

    id: str
    status: DisputeStatus
    amount: Money
    intent: str | None
    kind: MethodKind  # of the charge that is disputed
    reason: str  # the processor's word: fraudulent, insufficient_funds, debit_not_authorized, …
    code: str  # the network's reason code, or the bank's return code (R01 …); may be empty
    created: datetime
    answer_by: datetime | None = None


@dataclass(frozen=True)
class Hint:
    """A verified webhook: what happened to which object. Only a hint; the object is fetched again."""

    id: str
    kind: str
    created: datetime
    livemode: bool
    object_id: str
    object_kind: str
    attempt: str | None = None
    install: str | None = None
    reference: str | None = None
    intent: str | None = None  # the intent that a charge, refund or dispute belongs to
    method: str | None = None  # the payment method that a setup is about


@dataclass(frozen=True)
class Account:
    """Whose keys these are."""

    id: str
    livemode: bool
    name: str = ""
    country: str = ""
    currency: str = ""
    charges_enabled: bool = True


class Gateway(Protocol):
    """One processor account. Calls take a Deadline over everything they do; keys are ours and always the same."""

    def account(self, *, deadline: Deadline) -> Account:
        """Whose keys these are; the check that a connection works."""

    def create_customer(self, *, key: str, name: str, email: str, reference: str, deadline: Deadline) -> str:
        """Makes the processor's customer for ours and returns its id."""

    def create_intent(
        self,
        *,
        key: str,
        amount: Money,
        customer: str,
        kind: MethodKind,
        attempt: str,
        install: str,
        description: str,
        deadline: Deadline,
    ) -> Intent:
        """Makes an unconfirmed intent. Nothing is charged yet."""

    def confirm_intent(
        self,
        intent: str,
        *,
        key: str,
        method: str,
        off_session: bool,
        return_url: str | None,
        deadline: Deadline,
        mandate_ip: str | None = None,
        mandate_agent: str | None = None,
        mandate_at: datetime | None = None,
    ) -> Intent:
        """Charges. A decline comes back as an Intent with `decline`. Mandate facts go along for bank debits."""

    def read_intent(self, intent: str, *, deadline: Deadline) -> Intent:
        """The intent as it stands now."""

    def cancel_intent(self, intent: str, *, key: str, deadline: Deadline) -> Intent:
        """Cancels. GatewayRefused when it cannot be cancelled any more: read it and take its status."""

    def start_setup(
        self,
        *,
        key: str,
        customer: str,
        kinds: tuple[MethodKind, ...],
        currency: str,
        reference: str,
        success_url: str,
        cancel_url: str,
        deadline: Deadline,
    ) -> Setup:
        """Opens a visit to the hosted page where a card or bank account is added (never on our pages)."""

    def read_setup(self, setup: str, *, deadline: Deadline) -> Setup:
        """The hosted page's visit as it stands now, with the method when it is complete."""

    def read_method(self, method: str, *, deadline: Deadline) -> MethodDetails:
        """A stored method's public details."""

    def detach_method(self, method: str, *, deadline: Deadline) -> None:
        """Forgets a stored method. Already forgotten is fine."""

    def create_refund(
        self, *, key: str, intent: str, amount: Money, refund: str, install: str, deadline: Deadline
    ) -> GatewayRefund:
        """Gives money back. `refund` is our row's id, kept in the processor's metadata."""

    def read_refund(self, refund: str, *, deadline: Deadline) -> GatewayRefund:
        """The refund as it stands now."""

    def refunds_of(self, intent: str, *, deadline: Deadline) -> list[GatewayRefund]:
        """Every refund of an intent, whoever made it."""

    def refunds(self, *, since: datetime, deadline: Deadline) -> Iterator[GatewayRefund]:
        """Every refund since a moment, page by page."""

    def read_dispute(self, dispute: str, *, deadline: Deadline) -> GatewayDispute:
        """The dispute as it stands now."""

    def disputes(self, *, since: datetime, deadline: Deadline) -> Iterator[GatewayDispute]:
        """Every dispute since a moment, page by page. A bank debit that came back late is one of them."""

    def intents(self, *, since: datetime, deadline: Deadline) -> Iterator[Intent]:
        """Every intent since a moment, page by page."""

    def charges(self, *, since: datetime, deadline: Deadline) -> Iterator[Charge]:
        """Every charge since a moment, oldest last, page by page."""

    def read_hint(self, body: bytes, signature: str, *, secrets: tuple[str, ...], now: datetime) -> Hint:
        """Verifies a webhook (constant time, 300 s tolerance, either secret). Raises SignatureInvalid."""


@dataclass(frozen=True)
class Credentials:
    """How to reach one processor account. Never printed."""

    secret_key: str = field(repr=False)
    base_url: str | None = None  # None: the processor itself; else our sandbox
    account: str = ""  # our id of it: by this its calls are measured; empty: nobody's yet, not measured
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
