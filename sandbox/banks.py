"""The test bank accounts. Published: https://docs.stripe.com/payments/ach-direct-debit/set-up-payment (test accounts).

Return codes and how long the receiving bank may take: Nacha Operating Rules (R01 to R04: two banking days; R10 and
other unauthorized returns: 60 days). Every account has the published test routing number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

ROUTING = "110000000"
BANK_NAME = "STRIPE TEST BANK"
AMOUNTS = (32, 45)  # the micro-deposits that verify an account, in cents
MOST_WRONG = 10  # wrong amounts, then the account cannot be verified any more
CHECK_DAYS = 10  # within which the amounts must be entered
# Published test amounts that end the check at once, and the code that they end it with.
ENDINGS: dict[tuple[int, ...], str] = {
    (10, 11): "payment_method_microdeposit_verification_attempts_exceeded",
    (40, 41): "payment_method_microdeposit_verification_timeout",
}


@dataclass(frozen=True)
class BankAccount:
    """One test account. `failure` and `returned` are Stripe's code and the Nacha return code; None settles."""

    name: str
    number: str
    does: str
    token: str | None = None
    failure: str | None = None
    returned: str | None = None
    after: int = 4  # banking days until it settles or fails
    disputed_after: int | None = None  # settled, then returned so many banking days later
    never: bool = False  # stays in processing
    verify: bool = False  # micro-deposits first
    published: bool = True

    @property
    def last4(self) -> str:
        """What may be shown."""
        return self.number[-4:]


BANKS: tuple[BankAccount, ...] = (
    BankAccount("settles", "000123456789", "Settles after four banking days", "pm_usBankAccount_success"),
    BankAccount(
        "insufficient_funds",
        "000222222227",
        "Comes back: insufficient funds (R01)",
        "pm_usBankAccount_insufficientFunds",
        "insufficient_funds",
        "R01",
        2,
    ),
    BankAccount(
        "account_closed",
        "000111111113",
        "Comes back: account closed (R02)",
        "pm_usBankAccount_accountClosed",
        "account_closed",
        "R02",
        2,
    ),
    BankAccount(
        "no_account",
        "000111111116",
        "Comes back: no such account (R03)",
        "pm_usBankAccount_noAccount",
        "no_account",
        "R03",
        2,
    ),
    BankAccount(
        "debit_not_authorized",
        "000333333335",
        "Comes back: not authorized (R10)",
        "pm_usBankAccount_debitNotAuthorized",
        "debit_not_authorized",
        "R10",
        3,
    ),
    BankAccount(
        "late_return",
        "000555555559",
        "Settles, then comes back ten banking days later as a dispute (R10)",
        "pm_usBankAccount_dispute",
        "debit_not_authorized",
        "R10",
        disputed_after=10,
    ),
    BankAccount("processing", "000000000009", "Never leaves processing", "pm_usBankAccount_processing", never=True),
    BankAccount(
        "micro_deposits",
        "000999999991",
        "Must be verified first: two small deposits of 32 and 45 cents",
        verify=True,
        published=False,
    ),
)

BY_NAME = {account.name: account for account in BANKS}
BY_NUMBER = {account.number: account for account in BANKS}
BY_TOKEN = {account.token: account for account in BANKS if account.token}

RETURN_MESSAGES = {
    "R01": "The customer's account has insufficient funds to cover this payment.",
    "R02": "The customer's bank account has been closed.",
    "R03": "The customer's bank account could not be located.",
    "R10": "The customer has notified their bank that this payment was unauthorized.",
}


def banking_days_after(day: date, count: int) -> date:
    """The day that is `count` banking days later; Monday to Friday, holidays left out on purpose."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
