"""The observables of a run in one table: name, unit, symbol, definition, and how each follows from what a chart sees.

A chart hands over a `View` of one state: the numbers that it alone can compute. Records, reports, plots, sweeps and
`kinetic explain` read `DEFINITIONS`. The module knows no density and no chart.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from kinetic.types import Array

Observation = dict[str, float | Array]
"""The observables of one time, by name."""


@dataclass(frozen=True)
class View:
    """What a chart sees of one state; NaN where it cannot tell.

    Parameters
    ----------
    mass : float
    mean : Array, shape (d,), or (1,) along an axis
    order_deficit, energy, energy_gap : float
    dissipation, work, entropy : float
    w2_to_dirac, log_antipode_density, log_minimum : float
    spectral_tail, boost : float
    diffusion : float
        κ.
    arc_length : float
        Not seen in a state: the march adds it.
    radii : mapping
        The observables of norms by name; empty where all norms are one.
    """

    mass: float
    mean: Array
    order_deficit: float
    energy: float
    energy_gap: float
    dissipation: float
    work: float
    entropy: float
    w2_to_dirac: float
    log_antipode_density: float
    log_minimum: float
    spectral_tail: float
    boost: float
    diffusion: float = 0.0
    arc_length: float = math.nan
    radii: Mapping[str, float] = field(default_factory=dict)

    @property
    def order_parameter(self) -> float:
        """|∫ x dμ|."""
        return float(np.linalg.norm(self.mean))

    @property
    def free_energy(self) -> float:
        """κ ∫ ρ ln ρ dσ − E; without noise −E, whether or not the entropy is known."""
        return self.diffusion * self.entropy - self.energy if self.diffusion else -self.energy

    def balanced(self, value: float) -> float:
        """Return a dissipation or its integral: with noise NaN where the entropy is, for it needs ln ρ as well."""
        return math.nan if self.diffusion and math.isnan(self.entropy) else value


@dataclass(frozen=True)
class Definition:
    """One observable.

    Parameters
    ----------
    name, units, description : str
    symbol : str
        As papers write it, in plain text; empty where tables do not show it.
    drawn : str
        The same for figures; empty where none shows it.
    told : callable
        view -> number or array; default: the view's attribute of that name.
    """

    name: str
    units: str
    description: str
    symbol: str = ""
    drawn: str = ""
    told: Callable[[View], float | Array] | None = None

    def of(self, view: View) -> float | Array:
        """Return its value."""
        found: float | Array = (self.told or attrgetter(self.name))(view)
        return found


def _radius(name: str, description: str, drawn: str = "") -> Definition:
    return Definition(name, "1", description, "", drawn, lambda view: view.radii[name])


DEFINITIONS = (
    Definition("mass", "1", "∫ dμ", "∫dμ"),
    Definition(
        "mean",
        "1",
        "∫ x dμ (zonal: its component along the axis e)",
        told=lambda view: float(view.mean[0]) if view.mean.size == 1 else view.mean,
    ),
    Definition("order_parameter", "1", "R = |∫ x dμ|", "R", r"$R$"),
    Definition("order_deficit", "1", "1 − R = ∫ (1 − cos θ) dμ, θ the angle to the mean direction", "1 − R", r"$1-R$"),
    Definition(
        "energy",
        "1",
        "E = Σ_h (1/2β_h) ∬ e^{β_h<Q_h x, K_h y>} dμ dμ; a head with β_h = 0: its limit ½<Q_h m, K_h m>",
        "E",
        r"$E$",
    ),
    Definition(
        "energy_gap",
        "1",
        "E of a Dirac mass minus E, summed from 1 − M_l²; alternating for β < 0; NaN unless one identity head",
        "E(δ) − E",
        r"$E_\delta-E$",
    ),
    Definition("free_energy", "1", "κ ∫ ρ ln ρ dσ − E", "F", r"free energy $F$"),
    Definition(
        "dissipation",
        "1/time",
        "∫ |X − κ∇ln ρ|² dμ without softmax, ∫ <Σ_h Z_h X_h, X> dμ with it (with noise NaN); equals −dF/dt, without "
        "noise dE/dt, where every head has KᵀQ = V = Vᵀ; with attention.frozen dE/dt itself, whatever the sign",
        "D",
        "dissipation\n",
        lambda view: view.balanced(view.dissipation),
    ),
    Definition(
        "work",
        "1",
        "the dissipation integrated over time by the stepper, beside the state; NaN where that has none",
        told=lambda view: view.balanced(view.work),
    ),
    Definition(
        "arc_length",
        "rad",
        "∫ (∫ |X|² dμ)^{1/2} dt, the length of the path in W₂, integrated by the stepper; NaN where the speed is not "
        "known: with noise, with labels, and where moments are divided",
    ),
    Definition(
        "entropy",
        "1",
        "∫ ρ ln ρ dσ; NaN where the series does not give ρ",
        "S",
        r"$\int\rho\,\ln\rho\;\mathrm{d}\sigma$",
    ),
    Definition(
        "w2_to_dirac",
        "rad",
        "geodesic 2-Wasserstein distance (∫ θ² dμ)^{1/2} to the Dirac at the mean direction",
        "W₂",
        r"$W_2$",
    ),
    Definition(
        "log_antipode_density",
        "1",
        "ln ρ at minus the mean direction; NaN where that is rounding noise",
        "ln ρ(−m)",
        r"$\ln\,\rho(-m)$",
    ),
    Definition(
        "log_minimum",
        "1",
        "ln of the smallest ρ on the nodes; NaN where rounding or truncation is above 1e-6 of that ρ"
        " (conformal chart: a tenth)",
        "ln min ρ",
        r"$\ln\,\min\rho$",
    ),
    Definition(
        "spectral_tail",
        "1",
        "share of the squared coefficients in the top tenth of the degrees; Mercator: the elements' two highest modes",
        "tail",
        "spectral tail",
    ),
    Definition(
        "boost",
        "1",
        "rapidity of the chart: 0 in the harmonic chart, the mean of −y over μ in the Mercator chart",
        "η",
        r"boost $\eta$",
    ),
)
"""Every observable of every run, in the order of the record."""

RADIUS_DEFINITIONS = (
    _radius("mean_radius", "∫ r dμ, r the norm of a token", "mean norm $r$"),
    _radius("radius_deviation", "(∫ (r − ∫ r dμ)² dμ)^{1/2}: how much the norms differ", "deviation\nof norms"),
    _radius(
        "smallest_radius",
        "inf r over all labels; NaN where the cells do not resolve it, and for Peri-LN, which divides by the norm of "
        "attention's output: r is not smooth at labels where that vanished, and no cells resolve it there",
    ),
    _radius("largest_radius", "sup r over all labels; NaN where the cells do not resolve it"),
)
"""Observables that only tokens with norms have, after those of `DEFINITIONS`."""

RADII = tuple(definition.name for definition in RADIUS_DEFINITIONS)

ENTROPY_DEFINITIONS = (
    Definition(
        "attention_entropy",
        "1",
        "∫ H dμ, H(x) = −∫ p ln p dμ(y), p = e^{β<Qx, Ky>}/Z(x): entropy of attention rows relative to μ, ≤ 0, its "
        "mean over heads; NaN where rounding hides it",
        "H",
        r"row entropy $H$",
    ),
    Definition("attention_entropy_by_head", "1", "the same of each head"),
)
"""Observables of cases with ``output.attention_entropy``; the second where there are several heads."""

WITHOUT_LABEL = ("dissipation", "work", "arc_length", "boost")
"""Observables of the mean alone: tokens that see some of the others descend no energy, and no frame moves."""

BY_LABEL = "_by_label"

LABEL_DEFINITIONS = tuple(
    Definition(f"{given.name}{BY_LABEL}", given.units, f"at each label: {given.description}")
    for given in DEFINITIONS
    if given.name not in WITHOUT_LABEL
)
"""The observables of each label, in the order of the record."""


def row(view: View) -> dict[str, float | Array]:
    """Return every observable of one state, in the order of the record."""
    told = (*DEFINITIONS, *RADIUS_DEFINITIONS) if view.radii else DEFINITIONS
    return {definition.name: definition.of(view) for definition in told}
