"""Plain Flask views: sign-in, what follows a payment, receipts, webhooks, files. Each declares itself by `@door`."""

from __future__ import annotations

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
