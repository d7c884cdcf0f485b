"""The door to the mail relay: one message, one recipient, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

_TIMEOUT = 10.0  # seconds for each answer of the relay
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_MAILBOX_CODES = frozenset({550, 551, 553})  # RFC 5321 4.2.3: no such mailbox, not here, name not allowed
_PERMANENT = 500


class MailUnreachable(Exception):
    """The relay is away, does not answer in time, or does not let us in: nothing is said about the recipient."""


class MailRefused(Exception):
    """The relay answered no. `permanent`: a repeat is useless (5xx). `mailbox`: it is the address that is bad."""

    def __init__(self, code: int, *, permanent: bool, mailbox: bool) -> None:
        super().__init__(f"refused with {code}")
        self.code = code
        self.permanent = permanent
        self.mailbox = mailbox


def deliver(message: EmailMessage, *, url: str, sender: str, recipient: str) -> None:
    """Hands a message to the relay at `smtp://`, `smtp+starttls://` or `smtps://[user:password@]host[:port]`.

    Returns when the relay has accepted it, which is not yet delivered. Raises MailRefused or MailUnreachable. When the
    connection breaks after the last byte the relay may have it: the caller repeats it with the same Message-ID.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise MailUnreachable(f"{parts.scheme}:// is no way to send mail")
    try:
        with closing(_connected(parts)) as relay:
            relay.send_message(message, from_addr=sender, to_addrs=[recipient])
            with suppress(smtplib.SMTPException, OSError):  # it is accepted, however the relay takes its leave
                relay.quit()
    except smtplib.SMTPRecipientsRefused as refusal:
        code = next(iter(refusal.recipients.values()))[0]
        raise _refused(code, mailbox=code >= _PERMANENT) from None
    except smtplib.SMTPDataError as refusal:
        raise _refused(refusal.smtp_code, mailbox=refusal.smtp_code in _MAILBOX_CODES) from None
    except (
        smtplib.SMTPResponseException
    ) as trouble:  # greeting, sign-in or sender refused: ours to mend, not the person's
        raise MailUnreachable(f"relay answered {trouble.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as trouble:
        raise MailUnreachable(type(trouble).__name__) from None


def _refused(code: int, *, mailbox: bool) -> MailRefused:
    return MailRefused(code, permanent=code >= _PERMANENT, mailbox=mailbox)


def _connected(parts: SplitResult) -> smtplib.SMTP:
    host, port = parts.hostname or "localhost", parts.port or _PORTS[parts.scheme]
    if parts.scheme == "smtps":
        relay: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=ssl.create_default_context())
    else:
        relay = smtplib.SMTP(host, port, timeout=_TIMEOUT)
    try:
        if parts.scheme == "smtp+starttls":
            relay.starttls(context=ssl.create_default_context())
        if parts.username:
            relay.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        relay.close()
        raise
    return relay
