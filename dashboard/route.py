"""One page: a row of the table in dashboard/routes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.accounts.viewer import Audience, Role


@dataclass(frozen=True)
class Nav:
    """An entry of the audience's navigation: an English label (translated when shown) and an icon's name."""

    label: str
    icon: str


@dataclass(frozen=True)
class Route:
    """One page. `layout` and `exists` are functions or `package.module:function`."""

    path: str
    layout: str | Callable[..., Any]
    title: str
    audience: Audience
    nav: Nav | None = None
    exists: str | Callable[..., bool] | None = None
    query: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()  # files of assets/ that only this page needs
    role: Role = Role.VIEWER  # the least that a merchant's person must be
