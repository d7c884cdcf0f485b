"""A worker that an operator stops: it looks between jobs, ends with nothing in hand, and takes its stop along."""

from __future__ import annotations

from peewee import InterfaceError, OperationalError

from domain.operations import stop_worker, stops
from kit.clock import utc_now
from kit.log import log

LOOK_EVERY = 3  # seconds, while there is no job


def is_told(worker: str) -> bool:
    """Whether the worker is to end now. A store that is away tells nobody anything."""
    try:
        told = stops.must_leave(worker, utc_now())
    except (OperationalError, InterfaceError) as problem:
        log().warning("worker.sees_no_stops", error=type(problem).__name__)
        return False
    if told:
        log().warning("worker.leaves_as_told", worker=worker)
    return told


def clean_up(worker: str, is_gone: stop_worker.IsGone) -> None:
    """As a worker comes or goes: its own stop is lifted, and those of workers that are no more."""
    try:
        stop_worker.lift_of_the_gone(lambda name: name == worker or is_gone(name))
    except (OperationalError, InterfaceError) as problem:  # they end by themselves in the end
        log().warning("worker.sees_no_stops", error=type(problem).__name__)
