"""Plain Flask views: sign-in, what follows a payment, receipts, webhooks, files. Each declares itself by `@door`."""

from __future__ import annotations

from flask import Blueprint

from dashboard.views import (
    details,
    fix_it,
    front,
    language,
    leaving,
    look,
    method_moves,
    method_page,
    methods,
    new_email,
    paying,
    payments,
    promises,
    prove,
    receipts,
    reset,
    schedules,
    security,
    sign_in,
    sign_in_link,
    sign_up,
    staff_password,
    staff_sign_in,
    webhooks,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    details.views,
    fix_it.views,
    front.views,
    language.views,
    leaving.views,
    look.views,
    method_moves.views,
    method_page.views,
    methods.views,
    new_email.views,
    paying.views,
    payments.views,
    promises.views,
    prove.views,
    receipts.views,
    reset.views,
    schedules.views,
    security.views,
    sign_in.views,
    sign_in_link.views,
    sign_up.views,
    staff_password.views,
    staff_sign_in.views,
    webhooks.views,
)
