"""Stopping work and letting it go on, from the terminal: before a deploy, or when the portal is away."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from commands.command import Arguments, Chosen, Command, with_store

if TYPE_CHECKING:
    from domain.operations.in_hand import InHand

_LOOK_EVERY = 0.5  # seconds


def drain_arguments(parser: Arguments) -> None:
    """What `drain` takes."""
    parser.add_argument("--minutes", type=int, default=30, help="then everything goes on by itself (30)")
    parser.add_argument("--reason", required=True, help="why; it is kept with the act")
    parser.add_argument("--wait", type=int, default=120, metavar="SECONDS", help="how long to wait for what is in hand")


def drain(chosen: Chosen) -> int:
    """Stops all queues and waits until nothing is in hand. 0: safe to restart; 1: not yet, and what is in the way."""
    from domain.operations.drain import drain as stop_all
    from domain.operations.in_hand import in_words
    from kit.ids import uuid7

    with_store()
    stop_all(minutes=chosen.minutes, reason=chosen.reason, staff=None, handle=uuid7())
    print(f"All queues are stopped for {chosen.minutes} minutes. To let them go on before: python manage.py resume")
    left = _wait(chosen.wait)
    if left.safe:
        print("Safe to restart.")
        return 0
    print("Not safe to restart yet:", file=sys.stderr)
    for sentence in in_words(left):
        print(f"  {sentence}", file=sys.stderr)
    return 1


def _wait(seconds: int) -> InHand:
    from domain.operations.in_hand import in_hand
    from kit.clock import utc_now

    until = time.monotonic() + max(seconds, 3)  # every process looks once a second
    while not (left := in_hand(utc_now())).safe and time.monotonic() < until:
        time.sleep(_LOOK_EVERY)
    return left


def pause_arguments(parser: Arguments) -> None:
    """What `pause` takes."""
    parser.add_argument("--queue", required=True, help="charges, mail, webhooks, figures, imports or upkeep")
    parser.add_argument("--minutes", type=int, help="then it goes on by itself; without: until somebody lets it")
    parser.add_argument("--reason", required=True, help="why; it is kept with the act")


def pause(chosen: Chosen) -> int:
    """Nobody does a queue's work until it goes on."""
    from datetime import timedelta

    from domain.operations.pause import pause_queue
    from kit.clock import utc_now
    from kit.ids import uuid7

    with_store()
    until = utc_now() + timedelta(minutes=chosen.minutes) if chosen.minutes is not None else None
    pause_queue(queue=chosen.queue, until=until, reason=chosen.reason, staff=None, handle=uuid7())
    print(
        f"{chosen.queue} is paused. A job in hand is finished. To let it go on: manage.py resume --queue {chosen.queue}"
    )
    return 0


def resume_arguments(parser: Arguments) -> None:
    """What `resume` takes."""
    parser.add_argument("--queue", help="this one only; without: all that a drain has stopped")
    parser.add_argument("--reason", default="by command", help="why; it is kept with the act")


def resume(chosen: Chosen) -> int:
    """Lets a queue go on, or everything that a drain has stopped."""
    from domain.operations.drain import end_drain
    from domain.operations.pause import resume_queue
    from kit.ids import uuid7

    with_store()
    if chosen.queue:
        was = resume_queue(queue=chosen.queue, reason=chosen.reason, staff=None, handle=uuid7())
    else:
        was = end_drain(reason=chosen.reason, staff=None, handle=uuid7())
    print("It goes on." if was else "Nothing was stopped.")
    return 0


COMMANDS = (
    Command("drain", "stop all queues before a restart and wait until nothing is in hand", drain, drain_arguments),
    Command("pause", "stop the work of one queue", pause, pause_arguments),
    Command("resume", "let a queue go on, or everything that a drain has stopped", resume, resume_arguments),
)
