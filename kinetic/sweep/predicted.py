"""Curves that theory draws on the figure of a sweep.

Responsible for the names that a sweep file may give, and for the place of each curve among the axes of a figure. The
formulas are those of `kinetic.theory`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinetic.case import Band, Case, Harmonics
from kinetic.claims.rings import norm_of
from kinetic.errors import DomainError
from kinetic.sweep.file import CLOSE_PAIRS, MEAN_COSINE, RATES, STRENGTH, Quantity
from kinetic.sweep.table import Table
from kinetic.theory.antipode_law import collapse_rate
from kinetic.theory.equiangular import time_to_overlap
from kinetic.theory.finite_tokens import late_slope
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.long_context import critical_gamma
from kinetic.theory.metastable import even_exponents, fold_exponents
from kinetic.theory.perceptron import largest_strength
from kinetic.theory.scheme_ring import ring_trajectory
from kinetic.types import Array

TIME = "time"
TOKENS = 32
"""How many tokens the published diagrams of time and β show."""
_SMOOTH = 200  # points of a curve

RateLaw: TypeAlias = Callable[[float], tuple[float, float]]
"""β to the rates of density and tokens."""

Selection: TypeAlias = NDArray[np.bool_]
"""Which runs are meant."""


@dataclass(frozen=True)
class Curve:
    """One curve.

    Parameters
    ----------
    label : str
        What a legend says.
    along : mapping
        Coordinates by the key of an axis, or `TIME`; one key alone: a value at which a line crosses the figure.
    of_tokens : bool
        Whether it is the law of finitely many tokens, beside that of the density.
    """

    label: str
    along: Mapping[str, Array]
    of_tokens: bool = False


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
    if table.sweep.model.theory is None or table.sweep.model.theory in RATES:
        return None
    case = table.sweep.point(first).case
    if table.sweep.model.theory == "critical_strength":
        return _critical_strength(case)
    return _attention(table, case, quantity)


def rates(table: Table, rows: Selection, quantity: Quantity, betas: Array) -> tuple[Curve, ...]:
    """Return the rate that a claim predicts for the density, and that of finitely many tokens, over β.

    Parameters
    ----------
    table : Table
    rows : Selection, shape (points,)
        The runs of one series; the case of the first one gives what is not β.
    quantity : Quantity
    betas : Array, shape (n,)

    Returns
    -------
    tuple of Curve
        Of the density, of tokens; none where the sweep asks for none, or theory has none for this case.
    """
    theory = table.sweep.model.theory
    if theory not in RATES or quantity.kind != "claim" or quantity.of != theory:
        return ()
    case = table.sweep.point(int(np.argmax(rows))).case
    law = (_dirac_law if theory == "dirac_rate" else _symmetric_law)(case) if _plain(case) else None
    if law is None:
        return ()
    found = np.array([law(float(beta)) for beta in betas])
    slower = r"$(d-1)\lambda_a$" if theory == "dirac_rate" else r"$\lambda_\mathrm{sep}$"
    names = rf"density, predicted: min({slower}, $2\lambda_c$)", r"N tokens, predicted: $2\lambda_c$"
    return tuple(
        Curve(name, {"attention.beta": betas, quantity.name: found[:, i]}, of_tokens=i == 1)
        for i, name in enumerate(names)
    )


def _dirac_law(case: Case) -> RateLaw:
    """Return the rates of 1 − R by β."""
    d, normalization = case.space.dimension, case.attention.normalization
    return lambda beta: (collapse_rate(d, beta, normalization), late_slope(beta, normalization))


def _symmetric_law(case: Case) -> RateLaw | None:
    """Return the rates of the mean square angle of equal clusters by β; None where the data do not tell their number.

    About an axis there are two of them; on the circle as many as the degree of the one wave that is there at first.
    """
    given, normalization = case.initial, case.attention.normalization
    if case.space.axisymmetric:
        return lambda beta: _slower(even_exponents(beta, normalization))
    if case.space.kind != "circle" or not isinstance(given, Harmonics) or len(given.terms) != 1:
        return None
    count = given.terms[0].degree
    return lambda beta: _slower(fold_exponents(count, beta, normalization)) if count > 1 else (math.nan, math.nan)


def _slower(rates: tuple[float, float]) -> tuple[float, float]:
    """Return the lesser of λ_sep and 2λ_c, and 2λ_c."""
    return min(rates), rates[1]


def _plain(case: Case) -> bool:
    """Whether tokens feel one identity head with the kernel e^{βt}, and nothing else."""
    heads = case.attention.all_heads
    alone = len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0) and case.attention.is_exponential
    return alone and not (case.perceptron or case.tables or case.attention.frozen)


def _attention(table: Table, case: Case, quantity: Quantity) -> Curve | None:
    """Return a curve of attention alone."""
    if not _plain(case):
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
    """Return 1 − R, or R², of a ring without width over time, under the layer norm of the case."""
    given, norm = case.initial, case.layer_norm
    if not isinstance(given, Band) or quantity.of not in ("order_deficit", MEAN_COSINE) or quantity.stop is None:
        return None
    times = np.linspace(quantity.start, quantity.stop, _SMOOTH)
    how = (case.space.dimension, case.attention.all_heads[0].beta, case.attention.normalization)
    try:
        deficit = ring_trajectory(norm_of(norm), abs(given.latitude), times, *how)[1]
    except DomainError:
        return None
    shown = deficit if quantity.of == "order_deficit" else (1.0 - deficit) ** 2
    return Curve("predicted", {TIME: times, quantity.name: shown})


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
    count = quantity.tokens or TOKENS
    try:
        times = [time_to_overlap(0.0, 1.0 - quantity.delta, float(b), normalization, count) for b in betas]
    except DomainError:
        return None
    label = rf"{count} tokens at equal angles ($d\to\infty$): $\langle x,y\rangle$ = 1 − {quantity.delta:g}"
    return Curve(label, {TIME: np.array(times), "attention.beta": betas})
