"""Observables as the page draws them: a figure for each, a line for each record, the predicted laws beside.

Responsible for which observables are worth a figure and for what theory says of them. Knows nothing of HTML.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kinetic.errors import DomainError
from kinetic.page.encode import numbers
from kinetic.plot.collapse import QUANTITIES, law_of, values_of
from kinetic.plot.scene import Scene
from kinetic.plot.series import grows, growth_of
from kinetic.record import Record
from kinetic.report import SYMBOLS
from kinetic.types import Array

MOST_ROWS = 2000
"""Rows of a curve; of more, so many are shown, evenly."""

_ROUNDING = 1e-13
"""Relative changes that are rounding of sums over thousands of tokens, such as those of the mass."""

_LOGARITHMIC = {"order_deficit", "energy_gap", "w2_to_dirac", "dissipation", "spectral_tail", "antipode_density"}
_NAMES = {"antipode_density": "ρ(−m)", "cluster_count": "number of clusters", "mean_radius": "mean norm r"}
_DERIVED = {"antipode_density": "density at minus the mean direction"}

Curve = dict[str, Any]


def curves(scenes: Sequence[Scene]) -> list[Curve]:
    """Return the figures of several records over time.

    Returns
    -------
    list of dict
        `name`, `title`, `text` (the definition), `unit`, `log`, and `traces`: `record` (its index), `label`, `x`, `y`
        and whether it is `predicted`. First what vanishes at a Dirac mass, its local rates and the growth of degrees,
        then the other observables.
    """
    names = [name for name in _names(scenes) if _is_told(scenes, name)]
    decaying = [name for name in QUANTITIES if name in names]
    found = [_figure(scenes, name) for name in decaying]
    found += [figure for figure in (_rates(scenes), _growth(scenes)) if figure["traces"]]
    return found + [_figure(scenes, name) for name in names if name not in decaying]


def _names(scenes: Sequence[Scene]) -> list[str]:
    """Return everything that is one number a row, the best known first."""
    rows = dict.fromkeys(name for scene in scenes for name in scene.record.observables if name != "time")
    told = {"log_antipode_density"} if "log_antipode_density" in rows else set()  # as ρ(−m)
    if all(scene.evidence.diffusion == 0 for scene in scenes):
        told.add("free_energy")  # −E
    first = (*QUANTITIES, "order_parameter", "energy", "dissipation", "entropy")
    return [name for name in dict.fromkeys([*first, *rows]) if name not in told]


def _known(scene: Scene, name: str) -> Array:
    """Return an observable, one number a row; NaN where it is not known, empty where it is no such thing."""
    if name in QUANTITIES:
        if name.replace("antipode", "log_antipode") not in scene.record.observables:
            return np.zeros(0)
        with np.errstate(over="ignore"):
            return values_of(scene.evidence, name)
    values = scene.record.observables.get(name, np.zeros(0))
    return values if values.ndim == 1 else np.zeros(0)


def _is_told(scenes: Sequence[Scene], name: str) -> bool:
    """Whether an observable is known somewhere and is not always the same."""
    known = [values[np.isfinite(values)] for values in (_known(scene, name) for scene in scenes)]
    if name in _LOGARITHMIC:
        known = [values[values > 0] for values in known]
    return any(values.size > 1 and np.ptp(values) > _ROUNDING * np.abs(values).max() for values in known)


def _figure(scenes: Sequence[Scene], name: str) -> Curve:
    """Return the figure of one observable, with the predicted law where there is one."""
    logarithmic = name in _LOGARITHMIC
    traces = []
    for i, scene in enumerate(scenes):
        times, values = scene.evidence.times, _known(scene, name)
        if values.size == 0:
            continue
        shown = np.where(values > 0, values, np.nan) if logarithmic else values
        traces.append(_trace(i, "", times, shown))
        rate = None if scene.spread_out else scene.rates.get(name)
        if rate is not None:
            span, law = law_of(scene, values, rate, name)
            inside = law <= 10 * np.nanmax(shown, initial=0.0)
            label = f"predicted: rate {rate:.4g}" + (", with the factor t of a tie" if scene.is_tie else "")
            traces.append(_trace(i, label, span[inside], law[inside], predicted=True))
    symbol = SYMBOLS.get(name, _NAMES.get(name, name.replace("_", " ")))
    text, unit = _definition(scenes[0].record, name)
    return {"name": name, "title": symbol, "text": text, "unit": unit, "log": logarithmic, "traces": traces}


def _definition(record: Record, name: str) -> tuple[str, str]:
    """Return the definition of an observable, and its unit."""
    if name not in record.observables:
        return _DERIVED.get(name, ""), "1"
    return record.description(name), record.units(name)


def _trace(record: int, label: str, x: Array, y: Array, *, predicted: bool = False) -> dict[str, Any]:
    """Return one line, thinned where it has very many points."""
    if x.size > MOST_ROWS:
        kept = np.unique(np.linspace(0, x.size - 1, MOST_ROWS).round().astype(int))
        x, y = x[kept], y[kept]
    return {"record": record, "label": label, "x": numbers(x), "y": numbers(y), "predicted": predicted}


def _rates(scenes: Sequence[Scene]) -> Curve:
    """Return the local rates −d ln q/dt of what vanishes at a Dirac mass, and the predicted ones."""
    traces = [trace for i, scene in enumerate(scenes) if not scene.spread_out for trace in _rates_of(i, scene)]
    text = "−d ln q/dt of each q that vanishes at a Dirac mass, from five rows each"
    return {"name": "rates", "title": "local rates", "text": text, "unit": "1/time", "log": False, "traces": traces}


def _rates_of(i: int, scene: Scene) -> Iterator[dict[str, Any]]:
    """Yield measured and predicted rates of one record."""
    times = scene.evidence.times
    for name in ("order_deficit", "w2_to_dirac", "antipode_density"):
        values = values_of(scene.evidence, name)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = scene.evidence.slopes(np.log(values))
        if np.count_nonzero(np.isfinite(slopes.values)) < 2:
            continue
        symbol = SYMBOLS.get(name, _NAMES.get(name, name))
        yield _trace(i, symbol, slopes.times, -slopes.values)
        rate = scene.rates.get(name)
        if rate is not None:
            label = f"predicted for {symbol}: {rate:.6g}"
            yield _trace(i, label, times[[0, -1]], np.array([rate, rate]), predicted=True)


def _growth(scenes: Sequence[Scene]) -> Curve:
    """Return the amplitudes of degrees that grow out of the uniform density, with the linear law."""
    traces: list[dict[str, Any]] = []
    for i, scene in enumerate(scenes):
        if not (scene.pointwise and grows(scene)):
            continue
        times = scene.evidence.snapshot_times
        try:
            found = growth_of(scene)
        except DomainError:
            continue
        for one in found:
            traces.append(_trace(i, f"degree {one.degree}", times, one.values))
            if one.rate is not None and np.isfinite(one.values[0]):
                with np.errstate(over="ignore"):
                    law = one.values[0] * np.exp(one.rate * (times - times[0]))
                inside = law <= 10 * np.nanmax(one.values)
                label = f"degree {one.degree} predicted: rate {one.rate:.4g}"
                traces.append(_trace(i, label, times[inside], law[inside], predicted=True))
    text = "size of the degrees that lead while the density is close to uniform, and the linear law"
    return {"name": "growth", "title": "growth of degrees", "text": text, "unit": "1", "log": True, "traces": traces}
