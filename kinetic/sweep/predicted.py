"""Curves that theory draws on the figure of a sweep.

Responsible for the names that a sweep file may give, and for the place of each curve among the axes of a figure. The
formulas are those of `kinetic.theory`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinetic.case import Band, Case
from kinetic.errors import DomainError
from kinetic.sweep.file import CLOSE_PAIRS, STRENGTH, Quantity
from kinetic.sweep.table import Table
from kinetic.theory.equiangular import time_to_overlap
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.long_context import critical_gamma
from kinetic.theory.perceptron import largest_strength
from kinetic.theory.scheme_ring import ring_trajectory
from kinetic.types import Array

TIME = "time"
TOKENS = 32
"""How many tokens the published diagrams of time and β show."""
_SMOOTH = 200  # points of a curve


@dataclass(frozen=True)
class Curve:
    """One curve.

    Parameters
    ----------
    label : str
        What a legend says.
    along : mapping
        Coordinates by the key of an axis, or `TIME`; one key alone: a value at which a line crosses the figure.
    """

    label: str
    along: Mapping[str, Array]


def curve(table: Table, first: int, quantity: Quantity) -> Curve | None:
    """Return the curve that a sweep asks for, on the figure of one quantity.

    Parameters
    ----------
    table : Table
    first : int
        Index of a point that the figure shows: its case gives what is no axis.
    quantity : Quantity

    Returns
    -------
    Curve or None
        None where the sweep asks for none, or theory has none for this case or this quantity.
    """
    if table.sweep.model.theory is None:
        return None
    case = table.sweep.point(first).case
    if table.sweep.model.theory == "critical_strength":
        return _critical_strength(case)
    return _attention(table, case, quantity)


def _attention(table: Table, case: Case, quantity: Quantity) -> Curve | None:
    """Return a curve of attention alone."""
    heads = case.attention.all_heads
    alone = len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0)
    if not alone or not case.attention.is_exponential or case.perceptron or case.tables or case.attention.frozen:
        return None  # the formulas are those of one identity head
    if table.sweep.model.theory == "critical_diffusion":
        return _critical_diffusion(table, case)
    if table.sweep.model.theory == "ring":
        return _ring(case, quantity)
    if table.sweep.model.theory == "critical_context":
        return _critical_context(table, case)
    return _equiangular_tokens(table, case, quantity)


def _critical_strength(case: Case) -> Curve | None:
    """Return the weight of one linear neuron beyond which one cluster no longer takes everything."""
    heads, given = case.attention.all_heads, case.perceptron
    alone = len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0) and case.attention.is_exponential
    linear = given is not None and given.activation == "identity" and len(given.neurons) == 1
    if not alone or not linear or case.tables or case.attention.frozen:
        return None
    softmax = case.attention.normalization == "softmax"
    label = "one cluster only below " + ("1" if softmax else r"$e^{-\beta}$")
    return Curve(label, {STRENGTH: np.array([largest_strength(heads[0].beta, case.attention.normalization)])})


def _betas(table: Table, case: Case) -> Array:
    """Return the values of β between the ends of its axis, or the one value of the case."""
    axis = {axis.key: axis for axis in table.sweep.axes}.get("attention.beta")
    if axis is None or axis.drawn == "separately":
        return np.array([case.attention.all_heads[0].beta])
    values = table["attention.beta"].values
    return np.linspace(float(values.min()), float(values.max()), _SMOOTH)


def _critical_diffusion(table: Table, case: Case) -> Curve:
    """Return κ_1(β), below which the uniform density is unstable."""
    betas, dimension = _betas(table, case), case.space.dimension
    kappa = np.array([critical_diffusion(1, dimension, float(b), case.attention.normalization) for b in betas])
    label = r"$\kappa_c$: the uniform density loses its stability"
    return Curve(label, {"noise.diffusion": kappa} | ({"attention.beta": betas} if betas.size > 1 else {}))


def _ring(case: Case, quantity: Quantity) -> Curve | None:
    """Return 1 − R of a ring without width over time, under the layer norm of the case."""
    given, norm = case.initial, case.layer_norm
    if not isinstance(given, Band) or quantity.of != "order_deficit" or quantity.stop is None:
        return None
    times = np.linspace(quantity.start, quantity.stop, _SMOOTH)
    how = (case.space.dimension, case.attention.all_heads[0].beta, case.attention.normalization)
    try:
        deficit = ring_trajectory(
            norm.scheme, abs(given.latitude), times, *how, norm.radius, norm.switch_time, norm.rate
        )[1]
    except DomainError:
        return None
    return Curve("predicted", {TIME: times, quantity.name: deficit})


def _critical_context(table: Table, case: Case) -> Curve | None:
    """Return β = ln n/(1 − h²) for a ring of latitude h, over the axis of h if there is one, within that of β."""
    n, given = case.attention.context_length, case.initial
    if n is None or not isinstance(given, Band):
        return None
    betas = table["attention.beta"].values
    low, high = float(betas.min()), float(betas.max())
    if "initial.latitude" not in {axis.key for axis in table.sweep.axes}:
        return Curve(
            r"$\gamma=1/(1-h^2)$", {"attention.beta": np.log(n) * np.array([critical_gamma(given.latitude**2)])}
        )
    latitudes = table["initial.latitude"].values
    h = np.linspace(float(latitudes.min()), float(latitudes.max()), _SMOOTH)
    beta = np.log(n) * np.array([critical_gamma(float(height) ** 2) for height in h])
    shown = np.where((low <= beta) & (beta <= high), beta, np.nan)
    return Curve(r"$\beta=\ln n/(1-h^2)$", {"initial.latitude": h, "attention.beta": shown})


def _equiangular_tokens(table: Table, case: Case, quantity: Quantity) -> Curve | None:
    """Return the time at which tokens whose mutual cosines all begin at zero have the cosine 1 − δ."""
    if quantity.of != CLOSE_PAIRS or quantity.kind != "trace":
        return None
    betas, normalization = _betas(table, case), case.attention.normalization
    try:
        times = [time_to_overlap(0.0, 1.0 - quantity.delta, float(b), normalization, TOKENS) for b in betas]
    except DomainError:
        return None
    label = rf"{TOKENS} tokens at equal angles ($d\to\infty$): $\langle x,y\rangle$ = 1 − {quantity.delta:g}"
    return Curve(label, {TIME: np.array(times), "attention.beta": betas})
