"""What happens at fixed times. One line each: name, when, what becomes of times that were missed, what is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.work import upkeep


class CatchUp(StrEnum):
    """What becomes of the times that passed while nothing ran."""

    ALL = "all"  # each is made up
    LATEST = "latest"  # the last one stands for all
    SKIP = "skip"  # none is made up, unless it is at most five minutes late


@dataclass(frozen=True)
class Daily:
    """Once a day at a time of day in UTC."""

    at: time

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after `after`, up to and including `until`."""
        moment = datetime.combine(after.date(), self.at, tzinfo=after.tzinfo)
        while moment <= until:
            if moment > after:
                yield moment
            moment += timedelta(days=1)

    @property
    def period(self) -> timedelta:
        """The time from one moment to the next."""
        return timedelta(days=1)


@dataclass(frozen=True)
class Hourly:
    """Once an hour, so many minutes past it."""

    minute: int

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after `after`, up to and including `until`."""
        moment = after.replace(minute=self.minute, second=0, microsecond=0)
        while moment <= until:
            if moment > after:
                yield moment
            moment += timedelta(hours=1)

    @property
    def period(self) -> timedelta:
        """The time from one moment to the next."""
        return timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One line of the timetable. `name` is stored: a renamed line is another line."""

    name: str
    when: Daily | Hourly
    catch_up: CatchUp
    run: Callable[[], str]  # returns what was done, in a few words for operators


TIMETABLE: tuple[Line, ...] = (
    Line("reconcile", Daily(time(2, 40)), CatchUp.LATEST, upkeep.reconcile),
    Line("end-recoveries", Daily(time(2, 40)), CatchUp.LATEST, upkeep.end_recoveries),
    Line("mail-saved-views", Daily(time(2, 20)), CatchUp.LATEST, upkeep.mail_saved_views),
    Line("check-invariants", Daily(time(3, 10)), CatchUp.LATEST, upkeep.check_invariants),
    Line("judge-return-rates", Daily(time(3, 30)), CatchUp.LATEST, upkeep.judge_return_rates),
    Line("remind-of-expiring-cards", Daily(time(3, 50)), CatchUp.LATEST, upkeep.remind_of_expiring_cards),
    Line("find-duplicates", Daily(time(4, 10)), CatchUp.SKIP, upkeep.find_duplicates),
    Line("count-lately", Daily(time(4, 15)), CatchUp.LATEST, upkeep.count_lately),
    Line("forget-done-work", Daily(time(4, 20)), CatchUp.LATEST, upkeep.forget_done_work),
    Line("forget-imported-files", Daily(time(4, 50)), CatchUp.LATEST, upkeep.forget_imported_files),
    Line("forget-old-sign-ins", Daily(time(4, 40)), CatchUp.LATEST, upkeep.forget_old_sign_ins),
    Line("write-digests", Hourly(2), CatchUp.LATEST, upkeep.write_digests),
)
