"""What a stop means, in sentences: what waits, for whom, and what goes on all the same."""

from __future__ import annotations

from babel.numbers import format_decimal

from kit.i18n import _, current_locale, ngettext


def queues() -> dict[str, str]:
    """What each queue is for."""
    return {
        "charges": _("Automatic payments, retries, refunds, schedules"),
        "mail": _("Letters, with the links to sign in"),
        "webhooks": _("What processors tell by themselves"),
        "figures": _("Figures, counted anew"),
        "imports": _("Files that are brought in"),
        "upkeep": _("The timetable"),
    }


def while_stopped(queue: str) -> list[str]:
    """What waits while a queue is stopped, and what does not."""
    return {"charges": _charges, "mail": _mail, "webhooks": _webhooks}.get(queue, _others)()


def nothing_lost() -> str:
    """What holds for every stop."""
    return _("Nothing is lost: what is due stays due. A job in hand is finished.")


def due(count: int) -> str:
    """How much would wait at once."""
    if not count:
        return _("Nothing of it is due just now.")
    return ngettext("Due just now: %(n)s.", "Due just now: %(n)s.", count) % {
        "n": format_decimal(count, locale=current_locale())
    }


def _charges() -> list[str]:
    return [
        _("No automatic payment, no retry, no refund and no schedule’s order is made by itself until it goes on."),
        going_on(),
    ]


def _mail() -> list[str]:
    return [_("No letter is sent until it goes on. Links to sign in and to confirm a payment wait, too.")]


def _webhooks() -> list[str]:
    return [_("What processors tell is kept and applied later. What became of a payment is asked about all the same.")]


def _others() -> list[str]:
    return [_("Its work waits until it goes on. No payment waits for it.")]


def going_on() -> str:
    """What a stop of automatic payments leaves alone."""
    return _(
        "What somebody pays in the portal is still sent, and what became of a payment is still asked about: "
        "no customer waits longer for a known answer."
    )


def while_suspended() -> list[str]:
    """What waits while a merchant's automatic payments are suspended."""
    return [
        _("No automatic payment and no retry is made for this merchant until they go on; what is due stays due."),
        _("A payment that was begun before is finished. Customers may pay; refunds, outcomes and letters go on."),
        _("The merchant’s people see a line about it on Today. Nobody is written to."),
    ]


def while_drained() -> list[str]:
    """What waits before a restart."""
    return [
        _("All queues stop: jobs in hand are finished, nothing new is begun, and nothing is lost."),
        going_on(),
        _("Requests in hand end with the web server’s own graceful stop."),
        _("It ends by itself, so that nobody forgets it."),
    ]
