"""Claims about what every run keeps or increases: mass, energy, and the identity that ties energy to dissipation."""

import numpy as np

from kinetic.claims.claim import Claim, Finding, Ground, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.theory import energy_identity, equiangular
from kinetic.trust import RESOLVED_CHANGE
from kinetic.types import Array

_ROUNDING = 1e-12  # relative; a sum of a few hundred terms of one sign, evaluated at two rows
_NO_MEAN = 1e-16  # at β = 0 the energy is R²/2: below this R itself is rounding


def _worst(values: Array, target: float) -> float:
    """Return the entry farthest from the target."""
    return float(values[np.argmax(np.abs(values - target))])


def _mass(evidence: Evidence, _tolerance: float) -> Finding:
    name = "mass" if evidence.case.label is None else "mass_by_label"
    return Finding(1.0, _worst(evidence[name].reshape(-1), 1.0), 0.0, (0.0, float(evidence.times[-1])))


def _balance(evidence: Evidence) -> tuple[Array, str]:
    """Return what attention raises at the rows, cE or with noise cE − κ∫ρ ln ρ dσ, and its name; refuse if nothing."""
    # neither a layer norm nor a finite context turns the drift: each divides it by something positive
    usual = evidence.usual or evidence.case.perceptron is not None
    require(usual or evidence.diffusion == 0, "with noise, needs infinitely many tokens of norm one")
    _require_jumps_alone(evidence)
    factor = known(
        energy_identity.gradient_factor(evidence.smallest_heads),
        "there is no gradient structure: needs KᵀQ symmetric and V = c KᵀQ in every head, with one number c",
    )
    driven = evidence.case.perceptron is not None or evidence.case.attention.frozen
    require(not driven or factor == 1.0, "beside a perceptron, or in a frozen field, needs KᵀQ = V in every head")
    if evidence.diffusion == 0:
        return factor * evidence["energy"], "energy"
    require(evidence.normalization == "none", "with softmax and noise there is no free energy: needs one or the other")
    raised = factor * evidence["energy"] - evidence.diffusion * evidence["entropy"]
    require(np.all(np.isfinite(raised)), "the record does not hold the entropy: its series does not give the density")
    return raised, "free energy"


def _require_jumps_alone(evidence: Evidence) -> None:
    """Refuse weights that change with time, but for jumps, which the ledger has."""
    moving = [path for path, table in evidence.case.tables.items() if table.between != "hold"]
    require(not moving, f"the energy itself changes with {', '.join(moving)}: its gain is not the work of the motion")
    stages = [evidence.smallest_heads_of(stage) for stage in evidence.case.stages if evidence.case.tables]
    steady = all(energy_identity.gradient_factor(heads) == 1.0 for heads in stages)
    require(steady, "where weights jump, needs KᵀQ = V in every head at all times")


def _monotone(evidence: Evidence, tolerance: float) -> Finding:
    raised, name = _balance(evidence)
    require(not evidence.case.tables, "the energy jumps with the weights")
    monotone = energy_identity.rises_monotonically(evidence.smallest_heads, evidence.normalization)
    driven = evidence.case.perceptron is not None and evidence.normalization == "softmax"
    require(not driven, "a perceptron is not divided by the partition: the energy may fall")
    require(monotone, "several softmax heads have several partitions: the energy may fall")
    require(evidence.times.size > 1, "needs two rows")
    scale = max(float(np.max(np.abs(raised))), _NO_MEAN)
    least = float(np.diff(raised).min()) / scale
    # the stepper bounds the error of a step by its tolerance: a fall within that blames no equation
    allowed = evidence.case.time.tolerance * max(1.0, scale) / scale
    reached(
        not tolerance < -least <= allowed,
        f"the {name} falls by a share of {-least:.2g}, which the steps' tolerance allows: lower time.tolerance from "
        f"{evidence.case.time.tolerance:g}",
    )
    return Finding(0.0, least, 0.0, (0.0, float(evidence.times[-1])))


def _identity(evidence: Evidence, tolerance: float) -> Finding:
    raised, name = _balance(evidence)
    require("work" in evidence.record.observables, "the record does not hold the integrated dissipation")
    gain, work = raised - raised[0], evidence["work"]
    require(evidence.diffusion == 0 or np.all(np.isfinite(work)), "the record's ledger was closed")
    scale = float(np.max(np.abs(raised)))
    rounding = 4 * np.finfo(float).eps * scale
    worst = int(np.argmax(np.abs(work - gain)))
    gap = float(np.abs(work - gain)[worst])
    # whichever of the two has changed counts: work without gain, or a gain without work, is a difference to be judged
    little = max(abs(gain[-1]), abs(work[-1])) * tolerance <= 2 * rounding and gap <= rounding
    reached(not little, f"the {name} has changed too little to tell the identity from rounding")
    # the stepper bounds the error of a step by its tolerance: a difference within that blames no equation
    steps = evidence.case.time.tolerance * max(1.0, scale)
    dropped = _left_out(evidence) * scale
    cause = f"the steps' tolerance allows: lower time.tolerance from {evidence.case.time.tolerance:g}"
    if dropped > steps:
        cause = f"what the run leaves unresolved allows, up to {dropped:.2g}: raise the resolution"
    reached(
        not tolerance * abs(gain[-1]) < gap <= max(steps, dropped),
        f"the {name} has changed by {gain[-1]:.2g} and differs from the work by {gap:.2g}, which {cause}",
    )
    # the gain at the end sets the scale: early rows have gained next to nothing
    measured = float(gain[-1] + (work - gain)[worst])
    return Finding(float(gain[-1]), measured, rounding, (0.0, float(evidence.times[-1])))


def _entropy_production(evidence: Evidence, _tolerance: float) -> Finding:
    require("attention_entropy" in evidence.record.observables, "needs output.attention_entropy = true")
    require(evidence.usual and evidence.diffusion == 0, "needs infinitely many tokens of norm one, without noise")
    entropy = evidence["attention_entropy"]
    known = np.isfinite(entropy)
    reached(np.count_nonzero(known) > 1, "fewer than two rows tell the entropy from rounding")
    entropy, times = entropy[known], evidence.times[known]
    require(np.any(entropy != 0), "attention rows are uniform at all times: their entropy is 0")
    steps = np.diff(entropy) / np.max(np.abs(entropy))
    return Finding(
        0.0,
        float(steps.min()),
        evidence.case.time.tolerance,
        (float(times[0]), float(times[-1])),
        "lower time.tolerance would tell",
        "derived for equal clusters at equal angles without width; of other densities no law",
    )


def _left_out(evidence: Evidence) -> float:
    """Return the share of the energy by which truncation may part work and gain: √tail, at most what is resolved.

    With P the projection onto what a chart resolves, φ the first variation of E and r = −div(ρX), E rises at <φ, Pr>,
    and the work at <φ, r>. They differ by <φ − Pφ, r − Pr>: r − Pr is a share √tail of r, and φ − Pφ no larger than φ.
    In the conformal chart φ is steep at the frame's antipode, and the second factor is no help: up to 0.06 √tail is
    measured there. A neuron that switches on gives φ a kink, which no bound on the tail of ρ resolves:
    of a gain of 0.09 6.4e-6 were left out at a tail of 7e-9, 5e-9 at 2e-11.
    """
    tail = evidence.record.observables.get("spectral_tail", np.zeros(1))
    known = tail[np.isfinite(tail)]
    share, neurons = float(np.sqrt(known.max(initial=0.0))), evidence.case.perceptron
    return share if neurons is not None and neurons.activation == "relu" else min(share, RESOLVED_CHANGE)


_DIVERGENCE = Ground("theorem", "divergence theorem: the sphere has no boundary")

CLAIMS = (
    Claim(
        "mass_conserved",
        _mass,
        _DIVERGENCE,
        1e-12,
        absolute=True,
        noisy=True,
        stirred=True,
        depth=True,
        frozen="also",
        labelled="also",
    ),
    Claim(
        "energy_monotone",
        _monotone,
        energy_identity.dissipation,
        _ROUNDING,
        absolute=True,
        relation=">=",
        noisy=True,
        depth=True,
    ),
    Claim("entropy_production", _entropy_production, equiangular.row_entropy, 1e-8, absolute=True, relation=">="),
    Claim("energy_identity", _identity, energy_identity.dissipation, 1e-8, noisy=True, depth=True, frozen="also"),
)
