"""Options that several commands have, or that belong together: declared once, handed over as one object."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from inspect import Signature, signature
from typing import Any

import typer

#: its parameters are options, what it yields is what they come to
Options = Callable[..., AbstractContextManager[Any]]
#: returns False for exit code 1
Command = Callable[..., bool | None]


def given(*groups: Options) -> Callable[[Command], Callable[..., None]]:
    """Give a command the options of the groups, and what these yield as its first arguments.

    Its own parameters stay: arguments before the `*`, options behind it.
    """
    taken = [signature(group).parameters for group in groups]

    def decorate(command: Command) -> Callable[..., None]:
        own = list(signature(command).parameters.values())[len(groups) :]

        def run(**chosen: Any) -> None:
            with ExitStack() as stack:
                first = [
                    stack.enter_context(group(**{name: chosen.pop(name) for name in names}))
                    for group, names in zip(groups, taken, strict=True)
                ]
                good = command(*first, **chosen)
            if good is False:
                raise typer.Exit(1)

        run.__doc__ = command.__doc__
        shared = [parameter for parameters in taken for parameter in parameters.values()]
        # Where typer looks for parameters; arguments come first.
        run.__signature__ = Signature(  # type: ignore[attr-defined]
            sorted([*shared, *own], key=lambda parameter: parameter.kind)
        )
        return run

    return decorate
