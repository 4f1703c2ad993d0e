"""The first mesh of an initial density, and the problem that begins with it."""

import math
from dataclasses import replace
from typing import Protocol

import numpy as np

from kinetic.attention.axisymmetric import AxisymmetricAttention
from kinetic.attention.perceptron import Neurons
from kinetic.charts.elements import Element, element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.errors import Unresolved
from kinetic.kernels import Kernel
from kinetic.mercator.zonal.ends import LEAD, PIECES, WIDTH, End
from kinetic.mercator.zonal.flow import MercatorFlow
from kinetic.mercator.zonal.resolution import LARGEST_MESH, Criterion
from kinetic.mercator.zonal.state import MercatorState
from kinetic.problem import Problem, Schedule
from kinetic.types import Array, Normalization

ELEMENT_ORDER = 11
"""Default polynomial degree of the elements."""

_FAR, _FARTHER = 150.0, 160.0
_STEADY = 1e-13
_DEEPEST = 60


class LogDensity(Protocol):
    """An initial density as a function of y = ln tan(θ/2)."""

    def __call__(self, y: Array, /) -> Array:
        """Return ln ρ up to a constant, −∞ where there is no mass."""

    def breaks(self) -> tuple[float, ...]:
        """Return the y where ρ jumps, and those that the mesh should find however narrow ρ is there."""


def mercator_problem(
    kernel: Kernel,
    normalization: Normalization,
    initial: LogDensity,
    schedule: Schedule,
    tolerance: float,
    scheme: str,
    elements: int | None = None,
    element_order: int | None = None,
    context_length: float = math.inf,
    neurons: Neurons | None = None,
) -> Problem:
    """Return the problem of an axisymmetric density in the Mercator chart.

    Parameters
    ----------
    kernel : Kernel
    normalization : {"none", "softmax"}
    initial : LogDensity
    schedule : Schedule
    tolerance : float
        Of the time stepper; the mesh follows it.
    scheme : str
    elements : int, optional
        Number of elements to begin with; they are halved where the density asks for it. Chosen if absent.
    element_order : int, optional
        Polynomial degree of the elements.
    context_length : float
        Number of tokens, of which softmax keeps the weight of a token's attention to itself.
    neurons : Neurons, optional
        Of a perceptron, along the axis.

    Raises
    ------
    Unresolved
        If no mesh resolves the initial density.
    """
    element = element_of_order(element_order or ELEMENT_ORDER)
    attention = AxisymmetricAttention(kernel, normalization, context_length, neurons)
    flow, state = mercator_start(attention, initial, tolerance, element, elements)
    return Problem(flow, state, schedule, tolerance, scheme)


def mercator_start(
    attention: AxisymmetricAttention,
    initial: LogDensity,
    tolerance: float,
    element: Element | None = None,
    elements: int | None = None,
    work: float = 0.0,
) -> tuple[MercatorFlow, Array]:
    """Return the flow and the state that hold a density, at whatever time: also one that another chart hands over.

    Parameters
    ----------
    attention : AxisymmetricAttention
    initial, tolerance, elements
        As for `mercator_problem`.
    element : Element, optional
    work : float
        ∫ ∫ <F, X> dμ dt up to now.
    """
    element = element or element_of_order(ELEMENT_ORDER)
    criterion = Criterion.of(attention.kernel.sharpness, tolerance)
    start, ends = first_state(element, initial, attention.kernel.dimension, criterion, elements)
    flow = MercatorFlow(attention, ends, criterion, start.mesh.size, element.order)
    return flow, replace(start, work=work).vector()


def smooth_flow(attention: AxisymmetricAttention, tolerance: float) -> MercatorFlow:
    """Return the flow of densities that are smooth and positive at both poles, of no size yet."""
    ends = (End(-1, 0.0, attention.kernel.dimension), End(1, 0.0, attention.kernel.dimension))
    return MercatorFlow(attention, ends, Criterion.of(attention.kernel.sharpness, tolerance), 0, ELEMENT_ORDER)


def first_state(
    element: Element, initial: LogDensity, dimension: int, criterion: Criterion, elements: int | None = None
) -> tuple[MercatorState, tuple[End, End]]:
    """Return a density of mass one on a mesh that resolves it, and the ends of that mesh."""
    found = [_end(initial, side, dimension) for side in (-1, 1)]
    ends, constants = (found[0][0], found[1][0]), np.array([constant for _, constant in found])
    low, high = -_reach(initial, *found[0]), _reach(initial, *found[1])
    edges = _first_edges(low, high, initial.breaks(), elements)
    mesh = _resolving_mesh(element, edges, initial, dimension, criterion)
    scale = float(mesh.log_mass.max())
    shift = scale + math.log(float(mesh.rescaled(scale).masses.sum()))
    return MercatorState(mesh.rescaled(shift), constants - shift), ends


def _end(initial: LogDensity, side: int, dimension: int) -> tuple[End, float]:
    """Return the end on one side and G, from ln ρ far out, where it is a straight line or −∞."""
    near, far = (float(v) for v in initial(side * np.array([_FAR, _FARTHER])))
    if not math.isfinite(near):
        return End(side, math.inf, dimension), 0.0
    exponent = round((near - far) / (_FARTHER - _FAR), 9)
    return End(side, abs(exponent), dimension), near + exponent * _FAR


def _reach(initial: LogDensity, end: End, constant: float) -> float:
    """Return |y| of the end of the first mesh: where ln ρ is its own limit, or the edge of the mass."""
    if not end.is_open:
        edges = [end.side * y for y in initial.breaks() if math.isfinite(_just_inside(initial, y, end.side))]
        if not edges:
            raise Unresolved("initial density: not positive near an end of the axis; make it positive there")
        return max(edges)
    y = np.arange(-_FAR, _FAR, 0.25)
    with np.errstate(invalid="ignore"):
        steady = np.abs(initial(end.side * y) - (constant - end.exponent * np.abs(y))) < _STEADY * (1 + abs(constant))
    flat = float(y[np.flatnonzero(~steady)[-1]]) if not steady.all() else 0.0
    return max(flat + 1.0, end.nearest + LEAD + PIECES * WIDTH)


def _just_inside(initial: LogDensity, edge: float, side: int) -> float:
    """Ln ρ beside an edge, on the equator's side."""
    return float(initial(np.array([edge - side * 1e-9 * (1 + abs(edge))]))[0])


def _first_edges(low: float, high: float, breaks: tuple[float, ...], elements: int | None) -> Array:
    """Return equidistant edges from end to end, with those of the breaks between.

    The equator, which repels where data are even, lies a third into its element, and by halving never comes to lie on
    an edge: there the rounding between two elements would be torn open, e^{βt} wide, and the mass in between lost.
    """
    count = elements or max(2, math.ceil((high - low) / WIDTH))
    edges = np.linspace(low, high, count + 1)
    width = (high - low) / count
    if count > 1:
        past = math.fmod(-low / width, 1.0)  # of the element in which the equator is
        edges[1:-1] += width * (past - (1.0 if past < 0.5 else 2.0) / 3.0)
    inner = [y for y in breaks if low < y < high]
    return np.unique(np.concatenate([edges, inner]))


def _resolving_mesh(
    element: Element, edges: Array, initial: LogDensity, dimension: int, criterion: Criterion
) -> MaterialMesh:
    """Halve elements, evaluating the density anew, until the criterion is content."""
    for _ in range(_DEEPEST):
        mesh = MaterialMesh.laid(element, edges, initial, dimension)
        if not np.all(np.isfinite(mesh.log_density)):
            raise Unresolved("initial density: not positive inside the range of its mass; make it positive")
        coarse = criterion.coarse_at_first(mesh.rescaled(float(mesh.log_mass.max())))
        if not coarse.any():
            return mesh
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[:-1] + edges[1:])[coarse]]))
        if edges.size > LARGEST_MESH:
            break
    raise Unresolved(
        f"initial density: not resolved by {edges.size - 1} elements of order {element.order}; make it smoother or "
        "positive, or raise space.element_order or time.tolerance"
    )
