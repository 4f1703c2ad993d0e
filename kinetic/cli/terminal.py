"""The terminal: where errors, tables and data go, and how an exception becomes one line and an exit status.

Responsible for the two streams and the exit status. Refuses to know what any command does.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from kinetic.cli.signals import interrupted_status
from kinetic.errors import KineticError

if TYPE_CHECKING:
    from rich.table import Table

BAD_INPUT = 2
READER_GONE = 141  # 128 + SIGPIPE: what shells report for any program whose reader stopped reading
OPTIONS = {
    "overwrite=True": "--overwrite",
    "resume=True": "--resume",
    "another output folder": "another folder with --output",
}
"""What the arguments of Python functions, which errors name, are called on the command line."""
LABEL = 11  # columns of the label in `label  text`

# The common base of typer's complaints about arguments; typer exports BadParameter alone.
_UsageError: Any = typer.BadParameter.__mro__[2]


class Commands(TyperGroup):
    """The group of all commands; whatever goes wrong below it is told in one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before the command; help and version are printed here."""
        with told_in_one_line():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with told_in_one_line():
            return super().invoke(ctx)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn the exceptions that a user can cause into a line on standard error and an exit status.

    Raises
    ------
    typer.Exit
        With the status. Other exceptions are defects, and pass.
    """
    try:
        yield
    except KineticError as error:
        complain(str(error))
        raise typer.Exit(error.exit_status) from None
    except _UsageError as error:
        complain(_usage(error))
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt as stop:
        with suppress(OSError):
            typer.echo("interrupted", err=True)
        raise typer.Exit(interrupted_status(stop)) from None
    except BrokenPipeError:
        _silence(sys.stdout, sys.stderr)
        raise typer.Exit(READER_GONE) from None
    except OSError as error:
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        _silence(sys.stdout)
        raise typer.Exit(BAD_INPUT) from None
    except MemoryError:
        complain("not enough memory for this case; lower space.degree, or save fewer snapshots")
        raise typer.Exit(BAD_INPUT) from None


def _usage(error: Any) -> str:
    """Write typer's complaint about the arguments in our form."""
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "kinetic"
    return f"{message[:1].lower()}{message[1:]} (see {command} --help)"


def _silence(*streams: Any) -> None:
    """Let what a stream still holds go nowhere, so that the interpreter does not fail on it when it ends."""
    for stream in streams:
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def complain(message: str) -> None:
    """Print an error on standard error: `error: ` and one line, or one such line for each of its problems."""
    from kinetic.case.show import printable

    for words, option in OPTIONS.items():
        message = message.replace(words, option)
    for line in _problems(message):
        typer.echo(f"error: {printable(line)}", err=True)


def _problems(message: str) -> list[str]:
    """Split an error that lists several problems under a heading, `file: 3 problems`, into one line for each."""
    heading, *problems = message.split("\n  ")
    if not problems:
        return [" ".join(message.split("\n"))]
    file = heading.rpartition(": ")[0]
    return [f"{file}: {problem}" for problem in problems]


def say(label: str, text: str) -> None:
    """Print `label  text` on standard output; the text is not folded, so that it can be copied and searched."""
    from kinetic.case.show import printable

    typer.echo(f"{label:<{LABEL}}{printable(text)}".rstrip())


def show_table(table: "Table") -> None:
    """Print a table on standard output, as wide as the terminal, eighty columns where there is none."""
    from rich.console import Console

    class Plain(Console):
        """A console that leaves it to this module what happens when nobody reads any more."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    Plain(highlight=False).print(table)


def show_json(data: object) -> None:
    """Print data as JSON; letters beyond ASCII are escaped where the output may not carry them."""
    import json

    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    typer.echo(json.dumps(data, indent=2, ensure_ascii=not unicode, allow_nan=False))


def width() -> int | None:
    """Columns to fold text to: those of the terminal; None where standard output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns
