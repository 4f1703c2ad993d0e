"""The command `guide`: the topics of the guide, and its pages in the terminal.

Responsible for nothing but asking and printing.
"""

import sys
from typing import Annotated

import typer

from kinetic.cli.listing import copy_here
from kinetic.guide import NOTEBOOK, TOPICS, heading, page

GUIDE_HELP = """Show the guide: first steps, charts, noise, sweeps, files, numerics.

Without a topic, the list of topics. On a terminal the pages are set for reading; elsewhere they are Markdown.

\b
  kinetic guide
  kinetic guide charts
  kinetic guide charts > charts.md
  kinetic guide --notebook            write tutorial.ipynb here, for jupyter
"""


def guide(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A topic, such as charts.")] = None,
    notebook: Annotated[
        bool, typer.Option("--notebook", help="Write the tutorial notebook into the current folder.")
    ] = False,
) -> None:
    """Show the guide."""
    if notebook:
        copy_here(NOTEBOOK, "open it with jupyter lab {}")
    elif topic is None:
        column = max(len(name) for name in TOPICS) + 2
        for name in TOPICS:
            typer.echo(f"{name:<{column}}{heading(name)}")
    elif sys.stdout.isatty():
        _show(page(topic))
    else:
        typer.echo(page(topic), nl=False)


def _show(text: str) -> None:
    """Set a page for reading, at most a hundred columns wide."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(highlight=False)
    console.print(Markdown(text), width=min(console.width, 100))
