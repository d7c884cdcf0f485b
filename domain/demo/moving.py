"""Moving the clock from the front page: begun by a press, done in a thread of this process, told by the store.

The web server has several processes; the page that waits may be answered by another one.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

from domain.demo.advance import advance
from integrations.gateways.standin import move_day
from kit.config import settings
from kit.errors import Conflict
from kit.i18n import _
from kit.log import log
from models.base import connected, unit_of_work
from models.work import Fact

_KEY = "demo_moving"
_SILENT = 30.0  # seconds without news after which a move counts as over: its process has ended


@dataclass(frozen=True)
class Move:
    """The latest move: how far it is (0 to 100), and in the end what happened or why it stopped."""

    hours: int
    percent: int = 0
    told_at: float = 0.0  # real time: the demo's own is what moves
    done: bool = False
    sentence: str = ""
    trouble: bool = False

    @property
    def running(self) -> bool:
        """Whether somebody is at it."""
        return not self.done and time.time() - self.told_at < _SILENT


def latest() -> Move | None:
    """The latest move, or None when the clock was never moved here."""
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
    return Move(**json.loads(found.value)) if found else None


def begin(by: timedelta) -> None:
    """Starts to move. Raises Conflict when a move is under way."""
    hours = int(by / timedelta(hours=1))
    with unit_of_work():
        found = Fact.get_or_none(Fact.key == _KEY)
        if found and Move(**json.loads(found.value)).running:
            raise Conflict(_("The clock is moving already. Wait until it stands."))
        _write(Move(hours))
    threading.Thread(target=_move, args=(by, hours), name="demo-clock", daemon=True).start()


def _move(by: timedelta, hours: int) -> None:
    try:
        with connected():
            bank = partial(move_day, settings().gateway_url or "")
            happened = advance(by, move_bank=bank, watch=lambda share: _write(Move(hours, int(share * 100))))
            _write(Move(hours, 100, done=True, sentence=happened.sentence()))
    except Exception as problem:  # whatever it is, the page must not wait for ever
        log().error("demo.not_moved", error=type(problem).__name__, exc_info=True)
        trouble = _("The clock stopped on its way: the bank or the store did not answer. What was done is done.")
        with connected():
            _write(Move(hours, 100, done=True, sentence=trouble, trouble=True))


def _write(move: Move) -> None:
    value = json.dumps(asdict(move) | {"told_at": time.time()})
    Fact.insert(key=_KEY, value=value).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()
