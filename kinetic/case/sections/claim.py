"""``[[claims]]``: the predictions that a case can name."""

from typing import Annotated

from pydantic import Field

from kinetic.case.rules import Choice, Number
from kinetic.case.sections.section import Section

CLAIM_GROUPS: dict[str, tuple[str, ...]] = {
    "conservation": ("mass_conserved", "energy_monotone", "entropy_production", "energy_identity"),
    "collapse": ("dirac_rate", "w2_rate", "antipode_rate", "pl_ratio", "hemisphere_rate", "theorem_w2_bound"),
    "exact": ("exact_boost", "ring_law"),
    "instability": ("linear_growth", "most_unstable_degree", "clump_growth", "two_dirac_limit"),
    "heads": ("uniform_drift", "head_energies", "opposite_heads", "head_speedup", "sign_split", "consensus_rate"),
    "heads_collapse": ("heads_dirac_rate",),
    "low_temperature": ("alignment_limit", "alignment", "heat_limit", "porous_limit"),
    "noise": ("noise_threshold", "noise_amplitude", "noise_order", "small_beta_state", "cluster_width"),
    "schemes": ("scheme_growth", "consensus_decay", "scheme_antipode", "stalled_clump", "clump_norm"),
    "scheme_paths": ("scheme_ring", "invariant", "translation"),
    "long_context": ("long_context", "context_ring", "context_crossover"),
    "kernels": (
        "kernel_growth",
        "kernel_first_degree",
        "angular_gaussian",
        "perceptron_rate",
        "perceptron_left",
        "dark_cap",
    ),
    "metastable": (
        "pair_merging",
        "energy_staircase",
        "cluster_spread",
        "symmetric_rate",
        "meeting_point",
        "after_merger",
        "two_exponentials",
    ),
    "basins": ("cluster_masses",),
    "environment": ("pathwise_gaussian",),
    "depth": ("depth_growth", "depth_boost", "depth_rate", "depth_antipode", "turning_speed", "turning_rate"),
    "labels": (
        "mask_unseen",
        "label_response",
        "label_growth",
        "retrieval_profile",
        "label_boost",
        "prefix_front",
        "prefix_wins",
    ),
    "frequencies": ("turning_boost", "lorentz_order", "frequency_growth", "frequency_order"),
    "frozen": ("frozen_masses",),
}
"""The claims that a case can name, by the module of `kinetic.claims` that holds them."""

CLAIM_NAMES = tuple(name for names in CLAIM_GROUPS.values() for name in names)
"""The claims that a case can name."""


class ClaimRequest(Section):
    """One prediction that the run is held against."""

    name: Annotated[str, Choice(CLAIM_NAMES)] = Field(description="Name of the claim.")
    tolerance: Annotated[float | None, Number(0.0, 1e6, open_low=True)] = Field(
        default=None,
        description="Allowed difference (dimensionless), relative unless the claim's definition says "
        "absolute; default: the claim's own.",
    )
