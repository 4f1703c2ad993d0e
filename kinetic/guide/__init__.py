"""The guide: pages of Markdown, one a topic, which the terminal shows and the static site is made of.

Responsible for which pages there are and in what order they are read. It refuses to know how they are shown.
"""

from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from kinetic.errors import CaseError

TOPICS = (
    "first_case",
    "charts",
    "attention",
    "clusters",
    "noise",
    "common_noise",
    "schemes",
    "sweeps",
    "tokens",
    "report",
    "files",
    "numerics",
    "python",
)
"""The topics, in the order in which a newcomer reads them; each is a Markdown file of that name in this package."""

NOTEBOOK = Path(str(files(__package__))) / "tutorial.ipynb"
"""The tutorial, executed: `jupyter execute --inplace kinetic/guide/tutorial.ipynb` makes its outputs again."""


def page(topic: str) -> str:
    """Return the Markdown of a topic.

    Raises
    ------
    CaseError
        If there is no such topic; with the nearest one.
    """
    if topic not in TOPICS:
        close = get_close_matches(topic, TOPICS, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise CaseError(f"{topic}: the guide has no such topic{hint}; kinetic guide lists them")
    return files(__package__).joinpath(f"{topic}.md").read_text(encoding="utf-8")


def heading(topic: str) -> str:
    """Return the title of a topic: the first line of its page, without the mark."""
    return page(topic).partition("\n")[0].removeprefix("# ")
