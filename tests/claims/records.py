"""Records to hold claims against: short runs, exact ones made from closed formulas, and falsified ones."""

import math
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

import kinetic
from kinetic.case import Case
from kinetic.claims import CLAIMS
from kinetic.claims.evidence import Evidence
from kinetic.density.tokens import OfTokens
from kinetic.record import Contents, Manifest, Record, Variable

MEANS = {"circle": "mean = [1.0, 0.0]", "sphere": "mean = [0.0, 0.0, 1.0]", "zonal": ""}


def case(kind, d, normalization, beta, initial, end=1.0, degree=15, **output):
    """The text of a case."""
    sizes = f"dimension = {d}\n" if kind == "zonal" else ""
    rates = "\n".join(f"{key} = {value}" for key, value in ({"observe_every": end / 40} | output).items())
    return (
        f'title = "made for a test"\n[space]\nkind = "{kind}"\n{sizes}degree = {degree}\n'
        f'[attention]\nnormalization = "{normalization}"\nbeta = {beta}\n[initial]\n{initial}\n'
        f"[time]\nend = {end}\ntolerance = 1e-11\n[output]\n{rates}\n"
    )


def heads_case(kind, normalization, heads, initial, end=1.0, degree=31, diffusion=0.0, **output):
    """The text of a case with heads, each given as the inside of an inline table."""
    d = {"circle": 2, "sphere": 3}[kind]
    text = case(kind, d, normalization, 0.0, initial, end, degree, **output)
    tables = ", ".join(f"{{ {head} }}" for head in heads)
    return text.replace("beta = 0.0\n", f"heads = [{tables}]\n") + f"[noise]\ndiffusion = {diffusion}\n"


def scalar(beta, factor):
    """A head with KᵀQ = V = factor·I."""
    return f"beta = {beta}, query = {factor}, value = {factor}"


def bumps(*placed):
    """Narrow bumps on the circle, each (angle, concentration, weight)."""
    rows = ", ".join(
        f"{{ mean = [{math.cos(a)!r}, {math.sin(a)!r}], concentration = {k!r}, weight = {w!r} }}" for a, k, w in placed
    )
    return f'kind = "mixture"\ncomponents = [{rows}]'


def linear(kind):
    return f'kind = "linear"\nslope = 0.8\n{MEANS[kind]}'


@cache
def run(text):
    """Run a case for real, once for all tests of a process: records are values, and falsified ones are copies."""
    with tempfile.TemporaryDirectory() as folder:
        return kinetic.run(Case.parse(text), folder)


@dataclass(frozen=True)
class Axial(OfTokens):
    """Stands for the density of a snapshot: masses at Mercator latitudes y = ln tan(θ/2)."""

    y: np.ndarray
    masses: np.ndarray
    dimension: int = 3
    direction = np.ones(1)
    values = None

    @property
    def mean(self):
        return np.array([-self.masses @ np.tanh(self.y)])

    def quadrature(self, degree):  # noqa: ARG002
        return -np.tanh(self.y), self.masses

    def axial_quadrature(self):
        return self.y, self.masses


def made(text, observables, densities=(), snapshots=(), status="finished"):
    """A record of given observables, and of densities that can be evaluated."""
    contents = Contents(
        Manifest(text, (), "made", status, "", "2026-01-01T00:00:00", 0.0),
        tuple(
            Variable(name, np.asarray(value, dtype=float), ("time",), "1", "") for name, value in observables.items()
        ),
        (Variable("time", np.asarray(snapshots, dtype=float), ("time",), "1", ""),),
    )
    return Record(Path("made.h5"), contents, lambda _, i: densities[i])


def falsified(record, text=None, **observables):
    """The same record with other numbers, or with another case: `name=values`, `name=function of the old values`."""

    def changed(variable):
        new = observables.get(variable.name)
        return variable if new is None else replace(variable, values=np.asarray(new(variable.values.copy())))

    manifest = record.contents.manifest if text is None else replace(record.contents.manifest, case_text=text)
    variables = tuple(changed(variable) for variable in record.contents.observables)
    return replace(record, contents=replace(record.contents, manifest=manifest, observables=variables))


def with_densities(record, densities):
    """The same record with other densities at some of its snapshots, by index."""
    rebuild = record.rebuild
    return replace(record, rebuild=lambda same, i: densities[i] if i in densities else rebuild(same, i))


def without(record, name):
    """The same record without one observable."""
    kept = tuple(v for v in record.contents.observables if v.name != name)
    return replace(record, contents=replace(record.contents, observables=kept))


def cut(record, end, status="unresolved"):
    """The record of the same run, had it stopped at a time."""
    kept = record.observables["time"] <= end
    saved = record.density_times <= end
    variables = tuple(replace(v, values=v.values[kept]) for v in record.contents.observables)
    density = tuple(replace(v, values=v.values[saved]) for v in record.contents.density)
    manifest = replace(record.contents.manifest, status=status)
    return replace(record, contents=replace(record.contents, manifest=manifest, observables=variables, density=density))


def judged(name, record, tolerance=None):
    """The verdict of one claim on a record."""
    return CLAIMS[name].judge(Evidence(record), tolerance)


def slice_of(values, count):
    """About `count` of the values, the first and the last among them."""
    return values[np.unique(np.linspace(0, len(values) - 1, count).round().astype(int))]


# ---- the uniform density moved by a boost: exact at β = 0, where tan(θ/2) ↦ e^{−s} tan(θ/2) and s′ = R(s) ----

_Y = np.arange(-90.0, 60.0, 0.05)  # the trapezoidal rule in y errs by e^{−π²/0.05} for powers of sech y


def boosted(d, s):
    """Masses on the latitudes `_Y`: sech^{d−1}(y + s), the uniform density (dσ ∝ sech^{d−1}y dy) moved by s."""
    shape = np.exp(-(d - 1) * np.logaddexp(_Y + s, -_Y - s))
    return shape / shape.sum()


def deficit(d, s):
    """1 − R = ∫ (1 − cos θ) dμ, 1 − cos θ = 2/(1 + e^{−2y})."""
    return float(boosted(d, s) @ (2 / (1 + np.exp(-2 * _Y))))


def rapidities(d, s0, times):
    """s(t) from s′ = R(s): for the circle sinh(s/2) = e^{t/2} sinh(s₀/2), otherwise by Runge and Kutta."""
    if d == 2:
        return 2 * np.arcsinh(np.exp(times / 2) * math.sinh(s0 / 2))
    found, s = [s0], s0
    for gap in np.diff(times):
        step = gap / 2
        for _ in range(2):
            a = 1 - deficit(d, s)
            b = 1 - deficit(d, s + step * a / 2)
            c = 1 - deficit(d, s + step * b / 2)
            s += step * (a + 2 * b + 2 * c + (1 - deficit(d, s + step * c))) / 6
        found.append(s)
    return np.array(found)


def boost_record(d, end, spacing=0.05, s0=1.0, text=None):
    """The exact record of a Poisson density at β = 0; snapshots about every unit of time."""
    observables, masses = _boost(d, end, spacing, s0)
    kind = "circle" if d == 2 else "zonal"
    radius = f'kind = "poisson"\nradius = {math.tanh(s0 / 2)!r}\n{MEANS[kind]}'
    times = observables["time"]
    saved = slice_of(np.arange(times.size), round(end) + 1)
    text = text or case(kind, d, "none", 0.0, radius, end)
    return made(text, observables, [Axial(_Y, masses[i]) for i in saved], times[saved])


@cache
def _boost(d, end, spacing, s0):
    """Observables of the boosted uniform density, and its masses at every row."""
    times = np.linspace(0, end, round(end / spacing) + 1)
    s = rapidities(d, s0, times)
    masses = [boosted(d, float(value)) for value in s]
    gone = np.array([deficit(d, float(value)) for value in s])
    square = np.array([m @ np.exp(-2 * np.logaddexp(_Y, -_Y)) * 4 for m in masses])  # sin² θ = sech² y
    angle = 2 * np.arctan(np.exp(_Y))
    observables = {
        "time": times,
        "mass": np.ones_like(times),
        "order_parameter": 1 - gone,
        "order_deficit": gone,
        "energy": (1 - gone) ** 2 / 2,
        "energy_gap": gone * (2 - gone) / 2,
        "dissipation": (1 - gone) ** 2 * square,
        "work": ((1 - gone) ** 2 - (1 - gone[0]) ** 2) / 2,
        "w2_to_dirac": np.sqrt([m @ angle**2 for m in masses]),
        "log_antipode_density": -(d - 1) * s,
    }
    return observables, masses


# ---- the asymptotic law alone: 1 − R = A e^{−far t} + B e^{−near t} ----


def two_powers(far, near, times, weights=(0.3, 0.3)):
    """A e^{−far t}, B e^{−near t}: the contributions of the antipode's mass and of the cluster."""
    return weights[0] * np.exp(-far * times), weights[1] * np.exp(-np.minimum(near * times, 600))


def law_record(text, far, near, end, spacing=0.05, antipode=None, status="finished"):
    """A record whose 1 − R, energy gap and W₂² are sums of two exponentials, as of mass at 90° and of a cluster."""
    times = np.linspace(0, end, round(end / spacing) + 1)
    tail, core = two_powers(far, near, times)
    gone = tail + core
    observables = {
        "time": times,
        "order_parameter": 1 - gone,
        "order_deficit": gone,
        "energy_gap": 2 * gone,
        "dissipation": 2 * (far * tail + near * core),
        "w2_to_dirac": np.sqrt(3 * tail + 2 * core),
        "log_antipode_density": -(far if antipode is None else antipode) * times,
    }
    saved = slice_of(np.arange(times.size), round(2 * end) + 1)
    return made(text, observables, [_two_atoms(tail[i], core[i]) for i in saved], times[saved], status)


def _two_atoms(tail, core):
    """The equator with mass `tail`, the rest at the latitude where 1 − cos θ = core/(1 − tail)."""
    height = core / (1 - tail)
    return Axial(np.array([-0.5 * math.log(2 / height - 1), 0.0]), np.array([1 - tail, tail]))
