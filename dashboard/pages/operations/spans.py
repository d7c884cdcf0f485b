"""Spans of time as operators read them: in the words of domain/operations/spans.py."""

from domain.operations.spans import span

__all__ = ["span"]
