"""Callbacks say whom they are for. They are kept here and given to the app when it is made: no page needs the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dash import ClientsideFunction, Dash, Output

from domain.accounts.viewer import Audience

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declared:
    """One callback, as its page declared it."""

    audience: Audience
    args: tuple[Any, ...]
    options: dict[str, Any]
    function: Callable[..., Any] | ClientsideFunction
    passive: bool = False


_declared: list[Declared] = []
_audiences: dict[str, Audience] = {}
_passive: set[str] = set()


def callback(audience: Audience, *args: Any, passive: bool = False, **options: Any) -> Callable[[Function], Function]:
    """`dash.callback` for one audience. Hands back the plain function, so that a test can call it.

    The guard refuses (401) a call from a page of another audience. Ids that arrive as State or Input are claims: give
    them only to queries that take the owner first. Nothing that moves money, signs in or out belongs here. A `passive`
    one is asked by a page on its own, with nobody at the keys: it does not keep the session from ending when idle.
    """
    _refuse_raw_html(args)

    def declare(function: Function) -> Function:
        _declared.append(Declared(audience, args, options, function, passive))
        return function

    return declare


def clientside(audience: Audience, namespace: str, name: str, *args: Any, **options: Any) -> None:
    """A callback that runs in the browser: `window.dash_clientside[namespace][name]` of a file in `assets/`."""
    _declared.append(Declared(audience, args, options, ClientsideFunction(namespace, name)))


def _refuse_raw_html(args: tuple[Any, ...]) -> None:
    outputs = [arg for group in args for arg in (group if isinstance(group, list | tuple) else [group])]
    if any(isinstance(arg, Output) and arg.component_property == "html" for arg in outputs):
        raise TypeError("a Fragment changes as a whole: put a new one into its parent's children")


def register(app: Dash) -> None:
    """Gives every declared callback to the app."""
    for one in _declared:
        known = set(app.callback_map)
        if isinstance(one.function, ClientsideFunction):
            app.clientside_callback(one.function, *one.args, **one.options)  # type: ignore[no-untyped-call]
        else:
            app.callback(*one.args, **one.options)(one.function)
        new = set(app.callback_map) - known
        _audiences.update(dict.fromkeys(new, one.audience))
        _passive.update(new if one.passive else ())


def audience_of(output: str) -> Audience | None:
    """Whom the callback with this output is for, or None when there is no such callback."""
    return _audiences.get(output)


def is_passive(output: object) -> bool:
    """Whether a request that claims this output is one that a page makes on its own."""
    return isinstance(output, str) and output in _passive
