"""The guide: pages of Markdown, one a topic, which the terminal shows and the static site is made of.

Responsible for which pages were written by hand and in what order they are read; those made from the code are
`kinetic.cli.reference`'s. It refuses to know how they are shown.
"""

import re
from importlib.resources import files
from pathlib import Path

from kinetic.errors import CaseError

TOPICS = (
    "first_case",
    "charts",
    "attention",
    "kernels",
    "depth",
    "clusters",
    "noise",
    "stationary",
    "common_noise",
    "labels",
    "schemes",
    "sweeps",
    "tokens",
    "report",
    "files",
    "numerics",
    "python",
    "extending",
    "gallery",
)
"""The topics, in the order in which a newcomer reads them; each is a Markdown file of that name in this package."""

NOTEBOOK = Path(str(files(__package__))) / "tutorial.ipynb"
"""The tutorial, executed: `jupyter execute --inplace kinetic/guide/tutorial.ipynb` makes its outputs again."""


IN_THE_REPOSITORY = "../../.figures/"
"""How pages name the pictures, so that they are shown beside the source as well."""


def pictures() -> list[Path]:
    """Return the pictures that pages show: inside the installed package, otherwise in the checkout.

    Raises
    ------
    CaseError
        If the installation lost one.
    """
    here = Path(str(files(__package__)))
    names = {
        name for topic in TOPICS for name in re.findall(rf"\({re.escape(IN_THE_REPOSITORY)}([\w.]+)\)", page(topic))
    }
    found = []
    for name in sorted(names):
        places = (here / "figures" / name, here.parent.parent / ".figures" / name)
        there = next((path for path in places if path.is_file()), None)
        if there is None:
            raise CaseError(f"the picture {name} is missing from this installation; install kinetic again")
        found.append(there)
    return found


def page(topic: str) -> str:
    """Return the Markdown of one of `TOPICS`."""
    return files(__package__).joinpath(f"{topic}.md").read_text(encoding="utf-8")


def heading(topic: str) -> str:
    """Return the title of a topic: the first line of its page, without the mark."""
    return page(topic).partition("\n")[0].removeprefix("# ")
