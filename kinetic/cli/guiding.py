"""The command `guide`: the topics of the guide, and its pages in the terminal.

Responsible for nothing but asking and printing.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kinetic.cli.listing import copy_here
from kinetic.cli.terminal import say
from kinetic.guide import NOTEBOOK

GUIDE_HELP = """Show the guide: first steps, charts, noise, sweeps, files, numerics, every claim, every key.

Without a topic, the list of topics. On a terminal the pages are set for reading; elsewhere they are Markdown.
The site needs MkDocs: pip install "kinetic-transformers[site]".

\b
  kinetic guide
  kinetic guide charts
  kinetic guide charts > charts.md
  kinetic guide theory                every claim: statement, hypotheses, source, control
  kinetic guide --notebook            write tutorial.ipynb here, for jupyter
  kinetic guide --site guide          the whole guide as web pages: guide/index.html
"""


def guide(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A topic, such as charts.")] = None,
    notebook: Annotated[
        bool, typer.Option("--notebook", help="Write the tutorial notebook into the current folder.")
    ] = False,
    site: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Build the guide as web pages into a folder that is empty or new."),
    ] = None,
) -> None:
    """Show the guide."""
    from kinetic.cli.reference import TOPICS, heading, page

    if notebook:
        copy_here(NOTEBOOK, "open it with jupyter lab {}")
    elif site is not None:
        from kinetic.cli.reference.site import build

        count = build(site)
        say("written", f"{site}: {count} pages; open {site / 'index.html'}")
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
