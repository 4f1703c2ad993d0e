"""The page as a file: pictures, curves and words in one template, with the script of plotly inside."""

from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.files import replacing
from kinetic.page import words
from kinetic.page.curves import curves
from kinetic.page.encode import script_safe
from kinetic.page.pictures import FRAME_BYTES, pictures
from kinetic.plot import style
from kinetic.plot.choosing import by_change
from kinetic.plot.scene import Scene
from kinetic.plot.several import MOST, labels
from kinetic.record import Record

ENDINGS = (".html", ".htm")
PICTURE_BYTES = 3_000_000
"""What the pictures of all records may take, so that a page stays below ten million bytes: plotly takes five."""

_STEPS = 17  # of the map of colors, between which the page interpolates


def require_plotly() -> str:
    """Return the script of plotly.

    Raises
    ------
    DomainError
        If plotly is not installed; with the command that installs it.
    """
    try:
        found: Any = import_module("plotly.offline")
    except ImportError:
        raise DomainError(
            'report: plotly is not installed; install it with pip install "kinetic-transformers[report]"'
        ) from None
    return str(found.get_plotlyjs())


def write(records: Sequence[Record], path: Path) -> int:
    """Write the page of one or several records.

    Parameters
    ----------
    records : sequence of Record
        At most six.
    path : pathlib.Path
        A name that ends in .html.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    DomainError
        If plotly is missing, for another ending, for too many records, or one that holds nothing to draw.
    RecordError
        If the page cannot be written.
    """
    library = require_plotly()
    if path.suffix.lower() not in ENDINGS:
        raise DomainError(f"{path}: a report is a page of HTML; choose a name that ends in {' or '.join(ENDINGS)}")
    if len(records) > MOST:
        raise DomainError(f"report: received {len(records)} records; at most {MOST} can be told apart")
    page = _filled(_scenes(records), labels(records), library).encode("utf-8")
    with replacing(path) as temporary:
        temporary.write_bytes(page)
    return len(page)


def _scenes(records: Sequence[Record]) -> list[Scene]:
    """Return the records with as many snapshots as the page has room for."""
    frames = max(2, PICTURE_BYTES // (FRAME_BYTES * len(records)))
    found = []
    for record in records:
        scene = Scene.of(record)  # refuses a record without anything to draw
        found.append(Scene(Evidence(record), by_change(scene.record, frames)))
    return found


def _filled(scenes: Sequence[Scene], names: Sequence[str], library: str) -> str:
    """Return the template with everything in it."""
    data = {
        "colors": style.COLORS,
        "scale": _scale(),
        "records": [_record(scene, name) for scene, name in zip(scenes, names, strict=True)],
        "curves": curves(scenes),
    }
    keys = "\n".join(f".key{i} {{ background: {color}; }}" for i, color in enumerate(style.COLORS))
    parts = {
        "TITLE": words.text(words.title_of(scenes)),
        "STYLE": _asset("page.css") + keys,
        "ABOUT": words.head(scenes, names),
        "CLAIMS": words.claims(scenes, names),
        "SOURCES": words.sources(scenes, names),
        "DATA": script_safe(data),
        "PLOTLY": library.replace("</script", "<\\/script"),
        "SCRIPT": _asset("page.js"),
    }
    first, *rest = _asset("page.html").split("{{")
    return first + "".join(parts[name] + after for name, _, after in (piece.partition("}}") for piece in rest))


def _record(scene: Scene, name: str) -> dict[str, Any]:
    """Return the pictures of a record that the page plays."""
    total = scene.evidence.snapshot_times.size
    shown = len(scene.snapshots)
    note = "" if shown == total else f"{shown} of {total} snapshots, those between which equally much changes"
    return {"name": name, "times": [float(time) for time in scene.times], "note": note, "pictures": pictures(scene)}


def _scale() -> list[str]:
    """Return the map of colors of every figure at equal steps, dark to bright."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    return [to_hex(shade) for shade in mpl.colormaps[style.COLOR_MAP](np.linspace(0.0, 1.0, _STEPS))]


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
