"""The test cards: one table that the hosted page renders, `/sandbox/cards.json` lists and the charging code obeys.

Published numbers and tokens: https://docs.stripe.com/testing. Network response codes and merchant advice codes are
the card networks' (Visa, Mastercard); which of them Stripe's own test cards carry is not published, so ours are
plausible, not copied. Rows with `published=False` exist only here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class No:
    """An issuer's "no" in the words of Stripe's error object."""

    code: str
    decline_code: str
    message: str
    network: str | None = None  # network_decline_code
    mac: str | None = None  # network_advice_code
    advice: str | None = None  # advice_code


_DECLINED = "Your card was declined."

DECLINES: dict[str, No] = {
    "generic_decline": No("card_declined", "generic_decline", _DECLINED, "05", None, "try_again_later"),
    "insufficient_funds": No(
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", "51", None, "try_again_later"
    ),
    "lost_card": No("card_declined", "lost_card", _DECLINED, "41", "03", "do_not_try_again"),
    "stolen_card": No("card_declined", "stolen_card", _DECLINED, "43", "03", "do_not_try_again"),
    "expired_card": No("expired_card", "expired_card", "Your card has expired.", "54", "01", "confirm_card_data"),
    "incorrect_cvc": No(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "N7", None, "confirm_card_data"
    ),
    "processing_error": No(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "96",
        None,
        "try_again_later",
    ),
    "card_velocity_exceeded": No(
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        "65",
        None,
        "try_again_later",
    ),
    "do_not_honor": No("card_declined", "do_not_honor", _DECLINED, "05", None, "try_again_later"),
    "try_again_later": No("card_declined", "try_again_later", _DECLINED, "91", None, "try_again_later"),
    "pickup_card": No("card_declined", "pickup_card", _DECLINED, "04", "03", "do_not_try_again"),
    "transaction_not_allowed": No(
        "card_declined", "transaction_not_allowed", _DECLINED, "57", "03", "do_not_try_again"
    ),
    "fraudulent": No("card_declined", "fraudulent", _DECLINED, "59", None, "do_not_try_again"),
    "closed_account": No("card_declined", "invalid_account", _DECLINED, "46", "03", "do_not_try_again"),
    "never_again": No("card_declined", "do_not_honor", _DECLINED, "05", "03", "do_not_try_again"),
    "revocation_of_authorization": No(
        "card_declined", "revocation_of_authorization", _DECLINED, "R1", "21", "do_not_try_again"
    ),
    "retry_in_24_hours": No(
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", "51", "25", "try_again_later"
    ),
    "new_card_sent": No("card_declined", "generic_decline", _DECLINED, "05", "01", "confirm_card_data"),
    "not_reloadable": No("card_declined", "insufficient_funds", _DECLINED, "51", "40", "try_again_later"),
    "single_use": No("card_declined", "generic_decline", _DECLINED, "05", "41", "do_not_try_again"),
    "authentication_required": No(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        "1A",
        None,
        None,
    ),
}


@dataclass(frozen=True)
class Card:
    """One test card. `behaviour` is `approve`, a name in DECLINES, `timeout_before` or `timeout_after`."""

    name: str
    number: str
    does: str
    token: str | None = None  # Stripe's shared test PaymentMethod
    brand: str = "visa"
    behaviour: str = "approve"
    authenticate: str = "never"  # never | until_done | always
    clears_after_days: int | None = None  # the decline ends so many days after the card was saved
    disputed: bool = False
    refund_fails: bool = False
    published: bool = True
    exp_month: int = 12
    exp_year: int = 2034
    funding: str = "credit"

    @property
    def last4(self) -> str:
        """What may be shown."""
        return self.number[-4:]


def _ours(  # noqa: PLR0917 - reads as a table
    name: str, number: str, does: str, behaviour: str, brand: str = "visa", clears: int | None = None
) -> Card:
    return Card(name, number, does, brand=brand, behaviour=behaviour, published=False, clears_after_days=clears)


CARDS: tuple[Card, ...] = (
    Card("approve", "4242424242424242", "Every payment is approved", "pm_card_visa"),
    Card("mastercard", "5555555555554444", "Every payment is approved", "pm_card_mastercard", brand="mastercard"),
    Card("amex", "378282246310005", "Every payment is approved", "pm_card_amex", brand="amex"),
    Card(
        "generic_decline",
        "4000000000000002",
        "Declined, no reason given",
        "pm_card_visa_chargeDeclined",
        behaviour="generic_decline",
    ),
    Card(
        "insufficient_funds",
        "4000000000009995",
        "Declined: insufficient funds",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        behaviour="insufficient_funds",
        funding="debit",
    ),
    Card(
        "lost_card",
        "4000000000009987",
        "Declined: reported lost",
        "pm_card_visa_chargeDeclinedLostCard",
        behaviour="lost_card",
    ),
    Card(
        "stolen_card",
        "4000000000009979",
        "Declined: reported stolen",
        "pm_card_visa_chargeDeclinedStolenCard",
        behaviour="stolen_card",
    ),
    Card(
        "expired_card",
        "4000000000000069",
        "Declined: expired",
        "pm_card_chargeDeclinedExpiredCard",
        behaviour="expired_card",
    ),
    Card(
        "incorrect_cvc",
        "4000000000000127",
        "Declined: wrong security code",
        "pm_card_chargeDeclinedIncorrectCvc",
        behaviour="incorrect_cvc",
    ),
    Card(
        "processing_error",
        "4000000000000119",
        "Declined: processing error",
        "pm_card_chargeDeclinedProcessingError",
        behaviour="processing_error",
    ),
    Card(
        "card_velocity_exceeded",
        "4000000000006975",
        "Declined: too many tries or over the limit",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        behaviour="card_velocity_exceeded",
    ),
    Card(
        "decline_after_attaching",
        "4000000000000341",
        "Can be saved, every payment is declined",
        "pm_card_chargeCustomerFail",
        behaviour="generic_decline",
    ),
    Card(
        "blocked_as_fraud",
        "4100000000000019",
        "Blocked as fraudulent",
        "pm_card_radarBlock",
        behaviour="fraudulent",
    ),
    Card(
        "authenticate_once",
        "4000002500003155",
        "3-D Secure until it has been confirmed once",
        "pm_card_authenticationRequiredOnSetup",
        authenticate="until_done",
    ),
    Card(
        "authenticate_always",
        "4000002760003184",
        "3-D Secure on every payment",
        "pm_card_authenticationRequired",
        authenticate="always",
    ),
    Card(
        "authenticate_then_insufficient_funds",
        "4000008260003178",
        "3-D Secure, then declined: insufficient funds",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        behaviour="insufficient_funds",
        authenticate="always",
    ),
    Card(
        "disputed",
        "4000000000000259",
        "Approved, disputed as fraudulent the next day",
        "pm_card_createDispute",
        disputed=True,
    ),
    Card(
        "refund_fails",
        "4000000000005126",
        "Approved; a refund fails a day later",
        "pm_card_refundFail",
        refund_fails=True,
    ),
    Card(
        "refund_pending",
        "4000000000007726",
        "Approved; a refund arrives three banking days later",
        "pm_card_pendingRefund",
    ),
    _ours("do_not_honor", "4000009990000013", "Declined: do not honor", "do_not_honor"),
    _ours("try_again_later", "4000009990000021", "Declined: try again later", "try_again_later"),
    _ours(
        "clears_in_two_days",
        "4000009990000039",
        "Insufficient funds until two days after it was saved, then approved",
        "insufficient_funds",
        clears=2,
    ),
    _ours("timeout_before", "4000009990000047", "The processor hangs and never charges", "timeout_before"),
    _ours("timeout_after", "4000009990000054", "The processor charges, then hangs", "timeout_after"),
    _ours("closed_account", "4000009990000062", "Declined: account closed, never try again", "closed_account"),
    _ours(
        "never_again", "5555559990000013", "Declined, network advice 03: never try again", "never_again", "mastercard"
    ),
    _ours(
        "retry_in_24_hours",
        "5555559990000021",
        "Insufficient funds, network advice 25: try after 24 hours",
        "retry_in_24_hours",
        "mastercard",
    ),
    _ours(
        "revocation_of_authorization",
        "5555559990000039",
        "Declined, network advice 21: the customer stopped it",
        "revocation_of_authorization",
        "mastercard",
    ),
    _ours(
        "new_card_sent",
        "5555559990000047",
        "Declined, network advice 01: the bank has sent a new card",
        "new_card_sent",
        "mastercard",
    ),
    _ours(
        "not_reloadable",
        "5555559990000054",
        "Declined, network advice 40: a prepaid card that cannot be filled up",
        "not_reloadable",
        "mastercard",
    ),
)

BY_NAME = {card.name: card for card in CARDS}
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS if card.token} | {
    "pm_card_chargeDeclined": BY_NAME["generic_decline"],
    "pm_card_chargeDeclinedInsufficientFunds": BY_NAME["insufficient_funds"],
}
BEHAVIOURS = frozenset(DECLINES) | {"approve", "timeout_before", "timeout_after"}
