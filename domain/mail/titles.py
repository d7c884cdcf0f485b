"""What the letters to customers are called, and when they go out, in the reader's language."""

from __future__ import annotations

from domain.mail.catalogue import Template
from kit.i18n import _


def title_of(template: Template) -> tuple[str, str]:
    """A letter's name, and when it goes out."""
    return (_of_access(template) or _of_bills(template))[template]


def _of_bills(_template: Template) -> dict[Template, tuple[str, str]]:
    return {
        Template.NEW_ORDER: (_("New amount to pay"), _("A schedule made a bill that is paid by hand")),
        Template.BEFORE_CHARGE: (_("A charge is coming"), _("Before an automatic charge")),
        Template.RECEIPT: (_("Receipt"), _("A payment succeeded")),
        Template.BANK_DEBIT_ON_ITS_WAY: (_("Bank debit on its way"), _("A bank debit was started")),
        Template.PAYMENT_FAILED: (_("Payment failed"), _("An automatic payment failed")),
        Template.CONFIRM_AT_BANK: (_("Confirm at the bank"), _("The bank wants the person to confirm")),
        Template.METHOD_NEEDED: (_("Payment method needed"), _("There was nothing that could be charged")),
        Template.CARD_EXPIRING: (_("Card ends soon"), _("A card in use ends within 30 days")),
        Template.RETURNED: (_("Payment came back"), _("A bank took a payment back")),
        Template.REFUND: (_("Refund"), _("Money goes back")),
        Template.SCHEDULE_CHANGED: (_("The amount changes"), _("A schedule will bill another amount")),
        Template.RUN_CHANGED: (_("Another date"), _("The customer moved or skipped a bill")),
    }


def _of_access(template: Template) -> dict[Template, tuple[str, str]]:
    known = {
        Template.INVITE: (_("Invitation"), _("You invite a customer to the portal")),
        Template.CONFIRM: (_("Confirm the e-mail address"), _("Somebody makes an account")),
        Template.RESET: (_("Reset the password"), _("The customer forgot it, or you send it")),
        Template.SIGN_IN_LINK: (_("Link to sign in"), _("The customer asks for one")),
        Template.NO_ACCOUNT: (_("No account here"), _("Somebody asks for a link with an unknown address")),
        Template.NEW_EMAIL: (_("Confirm a new address"), _("The customer changes the e-mail address")),
        Template.CONTACT_CHANGE: (_("Details changed"), _("Name, phone or e-mail were changed")),
        Template.SECURITY_CHANGE: (_("Sign-in changed"), _("A password was changed, or an account shows more bills")),
    }
    return known if template in known else {}
