"""One line of JSON per event, ids only. A second net redacts what must never be in a log."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from kit import failure
from kit.config import settings

_LONG_DIGITS = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SECRETS = re.compile(r"\b(?:sk|rk|whsec|pk)_[A-Za-z0-9_]{6,}|Bearer\s+\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)


def _luhn(digits: str) -> bool:
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(int(d) * 2, 10)) for d in even)) % 10 == 0


def _hide_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    return "[card]" if _luhn(digits) else match.group()


def redact(text: str) -> str:
    """The text without card numbers (13 to 19 digits that pass Luhn), keys, bearer tokens and e-mail addresses."""
    return _SECRETS.sub("[hidden]", _LONG_DIGITS.sub(_hide_card, text))


def _redact_values(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def _tell_exception(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What may be told of an exception: no line of code, no value, of its message only what stands in the code."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = failure.trace(error)
    return event


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Inside, every line of the log carries these ids: of a request, a job, a merchant, an attempt."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def begin(**ids: str) -> None:
    """Forgets what lines carried in this thread; from here on they carry these ids. For a request's begin and end."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**ids)


def know(**ids: str) -> None:
    """From here on, lines of this request carry these ids, too."""
    structlog.contextvars.bind_contextvars(**ids)


def configure() -> None:
    """Sets logging up for this process; call it once at the start."""
    level = logging.getLevelNamesMapping().get(settings().log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_exception,
            _redact_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # looked up late: a test swaps the stream
    )
    for noisy in ("stripe", "urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


@contextmanager
def quietly() -> Iterator[None]:
    """Inside, only what is critical is told: a played past is no news."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


def log() -> Any:
    """The logger. Use `log().info("mail.sent", mail=row.id)`: an event name and ids, never a person's data."""
    return structlog.get_logger()
