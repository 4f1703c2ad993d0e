"""chart = "auto": harmonics while they tell the density everywhere, then the Mercator chart where it follows a case."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.assembly.beginnings import meridian_logarithm_of, symmetry
from kinetic.assembly.charts import harmonic, mercator
from kinetic.assembly.refusals import seen_in, unfollowed
from kinetic.density import Density
from kinetic.errors import CaseError
from kinetic.harmonic import HarmonicFlow
from kinetic.harmonic.handover import HandingFlow, Taking, trusted_doubt
from kinetic.problem import Flow, Problem
from kinetic.types import Array


def auto(case: cases.Case) -> Problem:
    """Return the problem that begins in harmonics, or where these are no beginning for it in the Mercator chart.

    What the Mercator chart does not follow, or cannot begin with, stays in harmonics to the end.
    """
    plain = harmonic(seen_in("harmonic", case))
    if why_not(case):
        return plain
    assert isinstance(plain.flow, HarmonicFlow)
    flow = HandingFlow(plain.flow, *_TAKERS[case.space.kind](case), trusted_doubt(case.time.tolerance))
    if plain.companion is None and flow.trusts(plain.state):
        return replace(plain, flow=flow, tolerance=_step_tolerance(case), witness=None)
    try:
        return mercator(seen_in("mercator", case))
    except CaseError:
        return plain


def why_not(case: cases.Case) -> str:
    """Say why a case stays in harmonics to the end; nothing where the Mercator chart takes over."""
    if case.attention.frozen:
        return "attention.frozen"
    if case.layer_norm.scheme != "post":
        return f'layer_norm.scheme = "{case.layer_norm.scheme}"'
    refusal = next(unfollowed(seen_in("mercator", case)), "")
    if refusal:
        return refusal.partition(":")[0]
    return "" if _has_energy(case) else "attention.heads without a common energy"


def _has_energy(case: cases.Case) -> bool:
    """Whether KᵀQ is symmetric and V = c KᵀQ in every head, c one number: then density flows up an energy."""
    if case.space.axisymmetric or forces.is_identity(case):
        return True
    ratios = []
    for head in forces.matrix_heads(case):
        form = head.key.T @ head.query
        largest = np.unravel_index(int(np.argmax(np.abs(form))), form.shape)
        if form[largest] == 0:
            return False
        ratio = head.value[largest] / form[largest]
        if not (np.allclose(form, form.T, rtol=1e-14, atol=0) and np.allclose(head.value, ratio * form, rtol=1e-14)):
            return False
        ratios.append(ratio)
    return bool(np.allclose(ratios, ratios[0], rtol=1e-14))


def _step_tolerance(case: cases.Case) -> float:
    """Return the tolerance of the steps: that of the Mercator chart, which is the tighter one."""
    from kinetic.mercator.circle.start import STEP_SHARE as CIRCLE
    from kinetic.mercator.several import STEP_SHARE as SPHERE

    return {"circle": CIRCLE, "sphere": SPHERE}.get(case.space.kind, 1.0) * case.time.tolerance


_Taker = tuple[Taking, Callable[[Mapping[str, int]], Flow]]


def _circle(case: cases.Case) -> _Taker:
    from kinetic.mercator.circle import ValuedLogDensity, circle_flow, circle_mercator_start

    heads, normalization, tolerance = forces.matrix_heads(case), case.attention.normalization, case.time.tolerance
    neurons = forces.neurons(case)

    def taking(density: Density, work: float, time: float) -> tuple[Flow, Array]:
        how = (heads, normalization, ValuedLogDensity(density), tolerance)
        return circle_mercator_start(*how, work=work, time=time, neurons=neurons, symmetry=symmetry(case))

    def of_layout(layout: Mapping[str, int]) -> Flow:
        return circle_flow(heads, normalization, tolerance, neurons, symmetry(case)).at_layout(layout)

    return taking, of_layout


def _sphere(case: cases.Case) -> _Taker:
    from kinetic.mercator.sphere import RecordedSphereLogarithm, sphere_flow, sphere_mercator_start

    heads, normalization, tolerance = forces.matrix_heads(case), case.attention.normalization, case.time.tolerance
    neurons = forces.neurons(case)

    def taking(density: Density, work: float, time: float) -> tuple[Flow, Array]:
        initial = RecordedSphereLogarithm(density)
        how = (heads, normalization, initial, tolerance, None, None, work, time)
        return sphere_mercator_start(*how, neurons=neurons, symmetry=symmetry(case))

    def of_layout(layout: Mapping[str, int]) -> Flow:
        return sphere_flow(heads, normalization, tolerance, neurons, symmetry(case), layout)

    return taking, of_layout


def _zonal(case: cases.Case) -> _Taker:
    from kinetic.attention.axisymmetric import AxisymmetricAttention
    from kinetic.mercator.zonal import mercator_start, smooth_flow

    kernel = forces.head_kernel(case, case.attention.all_heads[0])
    beside = (forces.context_length(case), forces.neurons(case))
    attention = AxisymmetricAttention(kernel, case.attention.normalization, *beside)

    def taking(density: Density, work: float, time: float) -> tuple[Flow, Array]:  # noqa: ARG001
        return mercator_start(attention, meridian_logarithm_of(density), case.time.tolerance, work=work)

    return taking, smooth_flow(attention, case.time.tolerance).at_layout


_TAKERS: dict[str, Callable[[cases.Case], _Taker]] = {"circle": _circle, "sphere": _sphere, "zonal": _zonal}
