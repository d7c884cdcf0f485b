"""Business answers that are not a success. The sentence is fit for the person who reads it and says what to do next."""

from __future__ import annotations


class DomainError(Exception):
    """A use case could not be done; `sentence` says why and what to do next. `field` names the input at fault."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotFound(DomainError):
    """The thing does not exist, or is not this person's: the two look the same from outside."""


class NotAllowed(DomainError):
    """The person is known but may not do this."""


class Conflict(DomainError):
    """Somebody or something else was faster; the sentence says what stands now."""


class ConfigError(Exception):
    """A setting is missing or wrong: the message names the variable, its value and the fix. Stops the start."""
