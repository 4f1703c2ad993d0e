"""`kinetic report`: records as one page of HTML.

Responsible for the name of the page and for refusing to replace any. Refuses to know what is on it.
"""

from pathlib import Path
from typing import Annotated

import typer

from kinetic.cli.progress import shown
from kinetic.cli.terminal import say

REPORT_HELP = """Write a page of HTML that one can send: it opens in a browser, without a network.

The density to turn and to play through time, observables with the predicted laws, claims with what they say, the case,
and the command that makes the record again. Several records are laid over each other. Needs the extra
kinetic-transformers[report].

\b
  kinetic report output/softmax_sphere.h5
  kinetic report output/post.h5 output/pre.h5 --output schemes.html
"""


def report(
    records: Annotated[
        list[Path],
        typer.Argument(metavar="RECORD", help="A record, such as output/softmax_sphere.h5; at most six."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page; beside the first record if absent."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing page.")] = False,
) -> None:
    """Write the page of one or several records."""
    from kinetic.assembly import load
    from kinetic.files import refuse_existing
    from kinetic.page import require_plotly, write

    require_plotly()
    several = "_beside" if len(records) > 1 else ""
    path = output or records[0].with_name(f"{records[0].stem}{several}.html")
    for source in records:
        refuse_existing([path], overwrite=overwrite, source=source)
    with shown("report"):
        size = write([load(record) for record in records], path)
    say("written", f"{path} ({size / 1e6:.1f} MB)")
