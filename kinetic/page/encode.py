"""Arrays and data as a page carries them: base64 in JSON, safe inside a script element."""

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetic.types import Array

UNKNOWN = 255
"""Code of what is not known; known values have the codes 0 to 254."""


def numbers(values: Array) -> dict[str, Any]:
    """Return an array as the page reads it: little-endian doubles, NaN included, with their shape."""
    return _packed(np.ascontiguousarray(values, dtype="<f8"), "f8")


def codes(values: Array, low: float, high: float) -> dict[str, Any]:
    """Return an array in 255 equal steps from low to high, one byte each; `UNKNOWN` for NaN.

    **Accuracy** Half a step, (high − low)/508: less than the eye tells apart in a scale of colors.
    """
    share = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    steps = np.where(np.isfinite(values), np.rint((UNKNOWN - 1) * np.nan_to_num(share)), UNKNOWN)
    return _packed(steps.astype(np.uint8), "u1")


def _packed(values: NDArray[Any], kind: str) -> dict[str, Any]:
    return {"type": kind, "shape": list(values.shape), "data": base64.b64encode(values.tobytes()).decode("ascii")}


def script_safe(data: Any) -> str:
    """Return JSON that no text in it can end: `<`, `>` and `&` are written as escapes.

    Raises
    ------
    ValueError
        For a number that JSON has not; arrays with NaN go through `numbers`.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
