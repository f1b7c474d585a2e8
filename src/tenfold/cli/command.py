"""What makes a function a command: its options, its screen, and its exit codes."""

import functools
import inspect
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from types import FrameType, MappingProxyType
from typing import Any, get_type_hints

import typer

from tenfold.cli.options import AsJson, spelling
from tenfold.cli.screen import Screen, complain
from tenfold.core.errors import TenfoldError

Command = Callable[..., None]

_SIGNAL_EXIT = {"SIGINT": 130, "SIGTERM": 143}
_RESUMABLE = " Finished files are kept; `tenfold resume RUN` continues a run."


class Terminated(BaseException):
    """SIGTERM arrived outside a fit, which would have handled it."""


def command(
    *, resumable: bool = False, places: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Command], Command]:
    """Make a function that Typer can take as a command.

    A parameter whose type is a dataclass of options becomes one option for each field; `screen`
    becomes `--json`.

    Args:
        resumable: Whether it leaves a run that `tenfold resume` can continue.
        places: How errors write an argument that is not an option here, as elsewhere.
    """

    def decorate(function: Command) -> Command:
        hints = get_type_hints(function, include_extras=True)
        groups = {name: hint for name, hint in hints.items() if _is_group(hint)}

        @functools.wraps(function)
        def called(*, as_json: bool, **given: Any) -> None:  # noqa: ANN401
            for name, group in groups.items():
                given[name] = group(
                    **{field.name: given.pop(field.name) for field in fields(group)}
                )
            with (
                _exit_codes(_RESUMABLE if resumable else "", places),
                closing(Screen(as_json)) as screen,
            ):
                function(**given, screen=screen)

        signature = inspect.Signature(list(_parameters(function, hints)))
        # Typer reads both.
        called.__signature__ = signature  # type: ignore[attr-defined]
        called.__annotations__ = {
            name: parameter.annotation for name, parameter in signature.parameters.items()
        }
        return called

    return decorate


def exit_if_interrupted(signal_name: str | None) -> None:
    """Exit with the code of the signal that ended a fit, if one did."""
    if signal_name:
        raise typer.Exit(_SIGNAL_EXIT[signal_name])


def listen_to_sigterm() -> None:
    """Turn SIGTERM into `Terminated`, so that a run can still record its status."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Terminated


@contextmanager
def _exit_codes(kept: str, places: Mapping[str, str]) -> Iterator[None]:
    """Turn errors that the user can correct, and signals, into a line and an exit code."""
    try:
        yield
    except TenfoldError as error:
        complain(error.spelt(partial(spelling, places=places)))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        complain(f"interrupted.{kept}")
        raise typer.Exit(_SIGNAL_EXIT["SIGINT"]) from None
    except Terminated:
        complain(f"terminated.{kept}")
        raise typer.Exit(_SIGNAL_EXIT["SIGTERM"]) from None
    except MemoryError:
        complain(f"there is not enough memory.{kept}")
        raise typer.Exit(1) from None


def _parameters(function: Command, hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    """The function's parameters: each group of options as single ones, and `--json` last."""
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        if _is_group(hint):
            types = get_type_hints(hint, include_extras=True)
            for field in fields(hint):
                default = inspect.Parameter.empty if field.default is MISSING else field.default
                yield _parameter(field.name, types[field.name], default)
        elif hint is not Screen:
            yield _parameter(name, hint, parameter.default)
    yield _parameter("as_json", AsJson, default=False)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _is_group(hint: Any) -> bool:  # noqa: ANN401
    return is_dataclass(hint) and hint is not Screen
