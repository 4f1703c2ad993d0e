"""The whole guide: the pages that are written, and those that are made from the code.

Responsible for which topics there are, and for the Markdown of each. It refuses to know how pages are shown.
"""

from collections.abc import Callable
from difflib import get_close_matches

from kinetic import guide
from kinetic.cli.reference import api, keys, theory, tutorial
from kinetic.errors import CaseError

_MADE: dict[str, tuple[str, Callable[[], str]]] = {
    "tutorial": (tutorial.TITLE, tutorial.page),
    "theory": (theory.TITLE, theory.page),
    "keys": (keys.TITLE, keys.page),
    "api": (api.TITLE, api.page),
}
"""Title and maker of each page that is made from the code or from the notebook."""

TOPICS = (*guide.TOPICS, *_MADE)
"""Every topic, in the order in which a newcomer reads them."""


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
    return f"# {_MADE[topic][0]}\n\n{_MADE[topic][1]()}" if topic in _MADE else guide.page(topic)


def heading(topic: str) -> str:
    """Return the title of a topic."""
    return _MADE[topic][0] if topic in _MADE else guide.heading(topic)


__all__ = ["TOPICS", "heading", "page"]
