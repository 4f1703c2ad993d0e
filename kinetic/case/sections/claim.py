"""``[[claims]]``: the predictions that a case can name."""

from typing import Annotated

from pydantic import Field

from kinetic.case.rules import Choice, Number
from kinetic.case.sections.section import Section

CLAIM_NAMES = (
    "mass_conserved",
    "energy_monotone",
    "energy_identity",
    "dirac_rate",
    "w2_rate",
    "antipode_rate",
    "pl_ratio",
    "theorem_w2_bound",
    "exact_boost",
    "linear_growth",
    "most_unstable_degree",
    "noise_threshold",
    "noise_amplitude",
    "two_dirac_limit",
    "ring_law",
    "hemisphere_rate",
    "sign_split",
    "pair_merging",
    "clump_growth",
    "uniform_drift",
    "head_energies",
    "opposite_heads",
    "head_speedup",
    "consensus_rate",
    "heads_dirac_rate",
    "alignment_limit",
    "alignment",
    "heat_limit",
    "porous_limit",
    "noise_order",
    "small_beta_state",
    "cluster_width",
    "scheme_growth",
    "consensus_decay",
    "scheme_antipode",
    "stalled_clump",
    "clump_norm",
    "scheme_ring",
    "invariant",
    "translation",
    "long_context",
    "context_ring",
    "context_crossover",
    "kernel_growth",
    "kernel_first_degree",
    "angular_gaussian",
    "dark_cap",
    "perceptron_rate",
    "perceptron_left",
    "pathwise_gaussian",
    "entropy_production",
    "depth_growth",
    "depth_boost",
    "turning_boost",
    "lorentz_order",
    "frequency_growth",
    "frequency_order",
    "mask_unseen",
    "label_response",
    "label_growth",
    "retrieval_profile",
    "label_boost",
    "prefix_front",
    "prefix_wins",
    "depth_rate",
    "depth_antipode",
    "turning_speed",
    "turning_rate",
    "cluster_masses",
    "frozen_masses",
    "energy_staircase",
    "cluster_spread",
    "symmetric_rate",
    "meeting_point",
    "after_merger",
    "two_exponentials",
)
"""The claims that a case can name."""


class ClaimRequest(Section):
    """One prediction that the run is held against."""

    name: Annotated[str, Choice(CLAIM_NAMES)] = Field(description="Name of the claim.")
    tolerance: Annotated[float | None, Number(0.0, 1e6, open_low=True)] = Field(
        default=None,
        description="Allowed difference (dimensionless), relative unless the claim's definition says "
        "absolute; default: the claim's own.",
    )
