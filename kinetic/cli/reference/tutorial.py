"""The tutorial notebook as a page: its words, its cells, and what they printed.

Figures are files of the site; elsewhere a line stands for each.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from kinetic.guide import NOTEBOOK

TITLE = "A notebook, executed"

_INTRODUCTION = "`kinetic guide --notebook` writes it here, to be opened with jupyter.\n"


def page() -> str:
    """Return the Markdown below the title."""
    parts = [_INTRODUCTION]
    for i, cell in enumerate(_cells()):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text.removeprefix("# ") if i == 0 else text)
        else:
            parts.append(f"```python\n{text}\n```")
            parts += [_output(output, i) for output in cell["outputs"]]
    return "\n\n".join(parts) + "\n"


def figures() -> dict[str, bytes]:
    """Return the figures by the names under which the page shows them."""
    found = {}
    for i, cell in enumerate(_cells()):
        for output in cell.get("outputs", ()):
            image = output.get("data", {}).get("image/png")
            if image is not None:
                found[_name(i)] = base64.b64decode("".join(image))
    return found


def _cells() -> Iterator[dict[str, Any]]:
    yield from json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def _name(cell: int) -> str:
    return f"tutorial_{cell}.png"


def _output(output: dict[str, Any], cell: int) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        return f"![The figure of this cell]({_name(cell)})"
    text = "".join(data.get("text/plain", output.get("text", ""))).rstrip()
    return f"```\n{text}\n```"
