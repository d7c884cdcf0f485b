"""Every e-mail that we send, by name. docs/mail.md says when, to whom and under which de-duplication key."""

from __future__ import annotations

from enum import StrEnum

NOT_NEEDED = "not needed any more"  # the result of a letter that had become pointless when it was to leave


class Template(StrEnum):
    """The kinds of e-mail. A builder of the same name stands in domain/mail/messages/."""

    CONFIRM = "confirm"
    RESET = "reset"
    SIGN_IN_LINK = "sign_in_link"
    NO_ACCOUNT = "no_account"
    INVITE = "invite"
    STAFF_PASSWORD = "staff_password"  # noqa: S105 - the name of a mail
    STAFF_INVITED = "staff_invited"
    SECURITY_CHANGE = "security_change"
    NEW_EMAIL = "new_email"
    CONTACT_CHANGE = "contact_change"
    CONTACT_CHANGE_ASKED = "contact_change_asked"
    PAYMENT_FAILED = "payment_failed"
    CONFIRM_AT_BANK = "confirm_at_bank"
    BANK_DEBIT_ON_ITS_WAY = "bank_debit_on_its_way"
    RECEIPT = "receipt"
    REFUND = "refund"
    RETURNED = "returned"
    DISPUTE = "dispute"
    NEW_ORDER = "new_order"
    METHOD_NEEDED = "method_needed"
    BEFORE_CHARGE = "before_charge"
    SCHEDULE_CHANGED = "schedule_changed"
    CARD_EXPIRING = "card_expiring"
    RUN_CHANGED = "run_changed"
    BRAKE_SET = "brake_set"
    SAVED_VIEW = "saved_view"
    MAIL_TEST = "mail_test"
    NEW_CARD = "new_card"
    DIGEST = "digest"
    ALARM = "alarm"


# Somebody waits for an answer: these leave at once. Every other letter waits for the day (domain/mail/quiet.py).
AT_ONCE = frozenset(
    {
        Template.MAIL_TEST,
        Template.CONFIRM,
        Template.RESET,
        Template.SIGN_IN_LINK,
        Template.NO_ACCOUNT,
        Template.INVITE,
        Template.STAFF_PASSWORD,
        Template.STAFF_INVITED,
        Template.SECURITY_CHANGE,
        Template.NEW_EMAIL,
        Template.CONTACT_CHANGE,
    }
)

# What protects the person goes out even to an address that a relay refused before: refusals heal.
SECURITY = frozenset(
    {
        Template.CONFIRM,
        Template.RESET,
        Template.SIGN_IN_LINK,
        Template.NO_ACCOUNT,
        Template.STAFF_PASSWORD,
        Template.STAFF_INVITED,
        Template.SECURITY_CHANGE,
        Template.NEW_EMAIL,
        Template.CONTACT_CHANGE,
    }
)
