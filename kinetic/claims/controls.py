"""What every claim and every law of ensembles needs, and the control that it must fail.

A claim that nothing could refute says nothing. For each there is a record that it must refuse, named here with the test
that holds it: `file::function` below `tests/`. Responsible for these words alone; the tests compare them with what is
registered, so that a claim without a control is a red test.
"""

from kinetic.claims.control import Control
from kinetic.claims.ensemble_controls import ENSEMBLE_CONTROLS, STILL
from kinetic.claims.label_controls import LABEL_CONTROLS

_ONE = "one identity head, no noise, tokens of norm one"
_LATE = f"{_ONE}, ρ > 0 at the repelling point; from where antipode or cluster makes 0.999 of 1 − R"
_NOISY = "one identity head with β ≥ 0, noise"
_PAIR = "unnormalised, on the circle: two equal bumps of concentration 500 or more, heads that are multiples of I"
_COLD = "one head on the circle, β KᵀQ = bI with b ≥ 20"
_RING = "a narrow zonal ring, or a von Mises–Fisher density with d ≥ 64"
_SCHEME = "one identity head, no noise, any layer norm"
_BUMPS = "zonal bumps of concentration 100 or more at e and −e, nothing else"
_CLUSTERS = f"{_ONE}; several clusters that stand for eight rows"
_CONTEXT = f"a finite context, one identity head with β > 0, {_RING}"
_DEPTH = "weights that change with time, attention alone, tokens of norm one"
_TURNING = "one head on the circle, Q = K = I, V a rotation; 1 − R below 1e-3"

_ANTIPODE = "claims/test_the_antipode_limits_the_rate_on_the_circle.py"
_CLUMPS = "claims/test_two_clumps_under_several_heads.py"
_COLDNESS = "claims/test_cold_attention_becomes_transport_and_diffusion.py"
_RINGS = "claims/test_rings_follow_their_scheme.py"
_LONG = "claims/test_long_context_turns_at_one_gamma.py"
_KERNELS = "claims/test_other_kernels_keep_their_laws.py"
_WAITING = "claims/test_clusters_wait_pair_and_merge.py"
_CHANGING = "claims/test_weights_that_change_with_depth.py"
_STALLED = "claims/test_a_heavy_antipodal_clump_stalls_pre_norm.py"
_ENDS = "claims/test_clusters_at_the_ends_of_an_eigenvector.py"
_ORDER = "claims/test_order_appears_continuously_or_with_hysteresis.py"
_WIDTH = "claims/test_noise_gives_a_cluster_its_width.py"

CONTROLS: dict[str, Control] = {
    "mass_conserved": Control(
        "any run",
        "a row at which mass is lost or gained",
        "claims/test_mass_is_conserved.py::test_mass_that_is_lost_or_gained_at_one_row_fails",
    ),
    "energy_monotone": Control(
        "KᵀQ symmetric and V = c KᵀQ in every head, one c; with softmax one head; no noise with softmax",
        "a record that runs backwards",
        "claims/test_energy_never_decreases.py::test_a_record_that_runs_backwards_fails",
    ),
    "energy_identity": Control(
        "KᵀQ symmetric and V = c KᵀQ in every head, one c; no noise with softmax; weights fixed or held",
        "the work of the other normalization",
        "claims/test_work_equals_the_gain_in_energy.py::test_work_of_the_other_normalization_fails",
    ),
    "dirac_rate": Control(
        _LATE, "a record of the other normalization", f"{_ANTIPODE}::test_a_record_of_the_other_normalization_fails"
    ),
    "w2_rate": Control(
        _LATE,
        "a record of the other normalization",
        "claims/test_w2_decays_at_half_the_rate.py::test_a_record_of_the_other_normalization_fails",
    ),
    "antipode_rate": Control(
        f"{_ONE}, ρ > 0 at the repelling point; late",
        "a record of another dimension, normalization or β",
        "claims/test_the_antipode_empties_at_the_escape_rate.py"
        "::test_a_record_of_another_dimension_normalization_or_beta_fails",
    ),
    "pl_ratio": Control(
        _LATE,
        "a record of the other normalization",
        "claims/test_dissipation_over_gap_tends_to_the_rate.py::test_a_record_of_the_other_normalization_fails",
    ),
    "hemisphere_rate": Control(
        f"{_ONE}; a cap without background inside an open hemisphere; late",
        "a record of another normalization or β",
        "claims/test_data_in_a_hemisphere_collapse_like_one_cluster.py"
        "::test_a_record_of_another_normalization_or_beta_fails",
    ),
    "theorem_w2_bound": Control(
        f"{_ONE}, unnormalised, a density with a mean; late",
        "β above ln(50(d − 1))",
        "claims/test_the_published_w2_bound_has_a_ceiling_in_beta.py::test_it_fails_above_the_ceiling",
    ),
    "exact_boost": Control(
        f"{_ONE}, β = 0",
        "a record of another radius or dimension",
        "claims/test_without_temperature_the_motion_is_a_boost.py::test_a_record_of_another_radius_or_dimension_fails",
    ),
    "ring_law": Control(
        f"{_ONE}; {_RING}",
        "a record of another normalization or β",
        "claims/test_a_ring_moves_like_equiangular_tokens.py::test_a_record_of_another_normalization_or_beta_fails",
    ),
    "linear_growth": Control(
        "heads that are multiples of I, exponential kernel, noise or none; two snapshots with ρ − 1 below a tenth of "
        "the tolerance",
        "a record of another normalization or β",
        "claims/test_each_degree_grows_at_its_own_rate.py::test_a_record_of_another_normalization_or_beta_fails",
    ),
    "most_unstable_degree": Control(
        "heads that are multiples of I, exponential kernel, noise or none; data near 1, no second degree as fast",
        "a record of another β",
        "claims/test_the_most_unstable_degree_sets_the_number_of_clusters.py::test_a_record_of_another_beta_fails",
    ),
    "clump_growth": Control(
        f"{_ONE}, unnormalised, on the circle: three or more equal narrow bumps at equal angles, one displaced",
        "a record of another β",
        "claims/test_three_clumps_hold_below_minus_two_thirds.py::test_a_record_of_another_beta_fails",
    ),
    "two_dirac_limit": Control(
        f"{_ONE}; {_BUMPS}",
        "a record of another normalization, β or mass",
        "claims/test_an_antipodal_clump_stays_above_a_threshold.py"
        "::test_a_record_of_another_normalization_beta_or_mass_fails",
    ),
    "uniform_drift": Control(
        "heads with matrices that move the uniform density, on circle or sphere; five snapshots",
        "a record of other heads",
        "claims/test_the_uniform_density_is_set_in_motion.py::test_a_record_of_other_heads_fails",
    ),
    "head_energies": Control(
        f"{_PAIR}, two or more that act",
        "energies of other heads",
        f"{_CLUMPS}::test_energies_of_other_heads_fail",
    ),
    "opposite_heads": Control(
        f"{_PAIR}: KᵀQ = V = aI and −bI at one β > 0",
        "clumps on the wrong side of the threshold",
        f"{_CLUMPS}::test_the_same_clumps_on_the_wrong_side_fail",
    ),
    "head_speedup": Control(
        f"{_PAIR}: KᵀQ = V = m_h I at one β, the m_h different, the rate convex in them",
        "equal heads, said to be unequal ones of a larger mean",
        f"{_CLUMPS}::test_unequal_heads_are_faster_than_equal_ones_of_the_same_mean",
    ),
    "sign_split": Control(
        "softmax, one head on the circle, KᵀQ = V symmetric; bumps of concentration 500 or more at ±e, e an "
        "eigenvector of V",
        "a record of another matrix",
        f"{_ENDS}::test_a_sign_split_of_another_matrix_fails",
    ),
    "consensus_rate": Control(
        "heads with matrices on the circle; one bump of concentration 500 or more at an eigenvector of ΣV",
        "a record of other heads",
        f"{_ENDS}::test_one_cluster_under_other_heads_fails",
    ),
    "heads_dirac_rate": Control(
        "heads with matrices on circle or sphere, ρ > 0 at the repelling point, a stable Dirac mass with a stationary "
        "antipode; late",
        "a record of other heads",
        "claims/test_heads_with_matrices_collapse_at_the_rate_of_their_dirac.py::test_the_rate_of_other_heads_fails",
    ),
    "alignment_limit": Control(
        f"{_COLD}, softmax, V no multiple of I, ρ > 0",
        "the transport of another matrix",
        f"{_COLDNESS}::test_the_transport_of_another_matrix_fails",
    ),
    "alignment": Control(
        f"{_COLD}, softmax, V symmetric, no multiple of I, ρ > 0",
        "a record of another spectral gap",
        f"{_COLDNESS}::test_the_median_angle_closes_at_the_spectral_gap",
    ),
    "heat_limit": Control(
        f"{_COLD}, softmax, V a negative multiple of I, ρ > 0",
        "a record of another β, and a clock ten per cent off",
        f"{_COLDNESS}::test_values_that_repel_leave_the_limit_at_the_predicted_constant_over_beta",
    ),
    "porous_limit": Control(
        f"{_COLD}, unnormalised, V a negative multiple of I, ρ > 0",
        "Δ(ρ²) in place of Δ(ρ²)/2",
        f"{_COLDNESS}::test_a_porous_medium_has_the_factor_one_half",
    ),
    "noise_threshold": Control(
        f"{_NOISY}; two rows with a mean and ρ − 1 below a tenth of the tolerance",
        "a record of another β, normalization or diffusion",
        "claims/test_the_uniform_density_gives_way_at_a_noise_threshold.py"
        "::test_a_record_of_another_beta_normalization_or_diffusion_fails",
    ),
    "noise_amplitude": Control(
        f"{_NOISY} of 0.98 to 1 times κ_c, a continuous transition; at rest",
        "an amplitude one per cent too large",
        f"{_ORDER}::test_an_amplitude_one_percent_too_large_fails",
    ),
    "noise_order": Control(
        f"{_NOISY}; initial density of one bump, its R not near that of the unstable state; at rest",
        "a run that ended in the other state",
        f"{_ORDER}::test_a_run_that_ended_in_the_other_state_fails",
    ),
    "small_beta_state": Control(
        f"{_NOISY} with κ < 1/d, β = 0, a mean at the start; at rest",
        "R larger by 1e-7",
        f"{_WIDTH}::test_without_temperature_the_density_is_von_mises_fisher",
    ),
    "cluster_width": Control(
        f"{_NOISY}, βκ < 1 with softmax, one cluster of variance below 0.05; at rest",
        "a record of another β or normalization",
        f"{_WIDTH}::test_a_record_of_another_beta_or_normalization_fails",
    ),
    "scheme_growth": Control(
        f"{_SCHEME}, β ≥ 0; two snapshots with ρ − 1 below 1e-3",
        "a record of another scheme",
        "claims/test_degrees_grow_by_the_clock_of_the_scheme.py::test_a_record_of_another_scheme_fails",
    ),
    "consensus_decay": Control(
        f"{_SCHEME}; all mass in one cluster with 1 − R < 0.01 at the start",
        "a record of another scheme",
        "claims/test_a_cluster_contracts_by_the_clock_of_the_scheme.py::test_a_record_of_another_scheme_fails",
    ),
    "scheme_antipode": Control(
        f"{_SCHEME}, ρ > 0 at the repelling point; late",
        "a record that decays at another power",
        "claims/test_norms_remove_the_bottleneck_at_the_antipode.py::test_a_record_that_decays_at_another_power_fails",
    ),
    "stalled_clump": Control(
        f"Pre-LN, one identity head, no noise; {_BUMPS}; ten times as long as passing the origin takes",
        "a record of another β",
        f"{_STALLED}::test_a_record_of_another_temperature_fails",
    ),
    "clump_norm": Control(
        f"Pre-LN, one identity head, no noise; {_BUMPS}",
        "a record of another β",
        f"{_STALLED}::test_a_record_of_another_temperature_fails",
    ),
    "scheme_ring": Control(
        f"{_SCHEME}; {_RING}", "a record of another scheme", f"{_RINGS}::test_a_record_of_another_scheme_fails"
    ),
    "invariant": Control(
        f"Pre- or Peri-LN, one identity head, no noise; {_RING}; exact at β = 0 and as d → ∞",
        "norms that grow faster",
        f"{_RINGS}::test_norms_that_grow_faster_break_the_balance",
    ),
    "translation": Control(
        "Pre-LN, β = 0, one identity head, no noise, a mean at the start",
        "a record of another norm or density",
        "claims/test_without_temperature_pre_norm_is_a_translation.py::test_a_record_of_another_norm_or_density_fails",
    ),
    "long_context": Control(
        f"{_CONTEXT}; d so large that its limit is reached to the tolerance",
        "a record of an infinite context",
        f"{_LONG}::test_an_infinite_context_is_not_slowed",
    ),
    "context_ring": Control(
        _CONTEXT,
        "a record of another context or temperature",
        f"{_LONG}::test_a_record_of_another_context_or_temperature_fails",
    ),
    "context_crossover": Control(
        f"{_CONTEXT}; half of the attention goes to others within the run",
        "a record of another context or temperature",
        f"{_LONG}::test_the_flow_is_released_where_its_overlap_passes_the_threshold_of_a_layer",
    ),
    "kernel_growth": Control(
        "a kernel other than the exponential, heads that are multiples of I, noise or none; two snapshots with ρ − 1 "
        "below a tenth of the tolerance",
        "a record of another kernel",
        f"{_KERNELS}::test_each_degree_grows_at_the_rate_of_its_kernel",
    ),
    "kernel_first_degree": Control(
        "a kernel other than the exponential, heads that are multiples of I, noise or none; data near 1, no second "
        "degree as fast",
        "a record of another kernel",
        f"{_KERNELS}::test_relu_begins_with_two_clusters_where_the_exponential_kernel_begins_with_one",
    ),
    "angular_gaussian": Control(
        "the linear kernel, unnormalised, any matrices, no noise; uniform or angular Gaussian data",
        "a value matrix of which one entry is a thousandth off",
        f"{_KERNELS}::test_linear_attention_stays_angular_gaussian_with_any_matrices",
    ),
    "perceptron_rate": Control(
        f"{_ONE}; linear neurons without bias, alike across one axis, below the threshold of one cluster; late",
        "a record of another strength",
        "claims/test_a_perceptron_prevents_collapse.py::test_below_the_threshold_the_rate_is_that_of_the_dirac_mass",
    ),
    "perceptron_left": Control(
        f"{_ONE}, d = 2; linear neurons without bias, beyond the threshold of one cluster; late",
        "a record of another strength",
        "claims/test_a_perceptron_prevents_collapse.py::test_above_it_what_lies_in_the_far_basin_stays",
    ),
    "dark_cap": Control(
        "a kernel that vanishes below a cosine, one attracting head",
        "the exponential kernel, which empties the cap",
        f"{_KERNELS}::test_a_kernel_that_ends_leaves_what_it_does_not_reach",
    ),
    "pair_merging": Control(
        f"{_ONE}; two bumps of concentration 100 or more, or several clusters that stand for eight rows",
        "a merger three per cent later",
        f"{_WAITING}::test_a_merger_that_comes_later_is_no_atoms",
    ),
    "cluster_masses": Control(
        f"{_CLUSTERS}, on circle or sphere, β > 0, with ten snapshots before",
        "masses 8e-3 off",
        f"{_WAITING}::test_clusters_hold_what_began_in_their_basins",
    ),
    "frozen_masses": Control(
        "attention.frozen, on the circle; one identity head with a kernel without kinks; no noise, no perceptron; late",
        "an initial density with other masses",
        "claims/test_a_frozen_field_keeps_its_basins.py::test_masses_are_those_of_the_basins",
    ),
    "energy_staircase": Control(
        f"{_ONE}, β > 0; clusters that merge, far enough apart for levels to stand out",
        "a step five per cent too high",
        f"{_WAITING}::test_the_energy_gains_what_two_masses_and_beta_say",
    ),
    "cluster_spread": Control(
        f"{_CLUSTERS}, on circle or sphere; λ_sep and 2λ_c apart",
        "the particles' 2λ_c",
        f"{_WAITING}::test_clusters_narrow_at_the_rate_of_the_separatrix_not_of_particles",
    ),
    "symmetric_rate": Control(
        f"{_CLUSTERS}, of equal masses at equal angles or at both poles, β > 0; λ_sep and 2λ_c apart",
        "the particles' 2λ_c",
        f"{_WAITING}::test_clusters_narrow_at_the_rate_of_the_separatrix_not_of_particles",
    ),
    "meeting_point": Control(
        f"{_CLUSTERS}, not about an axis; the last two have met",
        "clusters of the masses exchanged",
        f"{_WAITING}::test_two_clusters_meet_where_their_masses_say",
    ),
    "after_merger": Control(
        f"{_ONE}, β > 0; the last two clusters have merged, the tail at the antipode is not yet seen",
        "a rate two per cent off",
        f"{_WAITING}::test_after_the_last_merger_the_deficit_falls_at_the_rate_of_particles",
    ),
    "two_exponentials": Control(
        f"{_ONE}, on the circle, softmax or β = 0; cluster first, antipode later",
        "a cluster that narrows ten per cent too slowly",
        f"{_WAITING}::test_both_parts_of_the_deficit_are_told_apart",
    ),
    "entropy_production": Control(
        "output.attention_entropy, no noise, tokens of norm one",
        "a record of tokens that repel, V = −I",
        "claims/test_attention_rows_gain_entropy.py::test_tokens_that_repel_lose_it",
    ),
    "pathwise_gaussian": Control(
        f'common_noise.kind = "matrix", {STILL}, uniform or angular Gaussian data',
        "a record of another strength",
        "common_noise/test_flow.py::test_the_pathwise_law_refuses_another_strength",
    ),
    "depth_growth": Control(
        f"{_DEPTH}, heads that are multiples of I, noise or none; two snapshots with ρ − 1 below a tenth of the "
        "tolerance",
        "a record of another table of β",
        f"{_CHANGING}::test_a_degree_grows_by_the_mean_of_its_rate",
    ),
    "depth_boost": Control(
        f"{_DEPTH}, β = 0 at all times, circle or sphere, no noise",
        "an entry of V that is a thousandth off at one time",
        f"{_CHANGING}::test_values_that_change_at_zero_beta_move_by_the_moebius_group",
    ),
    "depth_rate": Control(
        f"{_DEPTH}, softmax, one head, no noise, ρ > 0 at the repelling point; 1 − R below 1e-3",
        "a rate five per cent off",
        f"{_CHANGING}::test_softmax_rates_beside_a_cluster_do_not_see_beta",
    ),
    "depth_antipode": Control(
        f"{_DEPTH}, one head, no noise, ρ > 0 at the repelling point; 1 − R below 1e-3",
        "a record of another table of β",
        f"{_CHANGING}::test_without_softmax_the_antipode_waits_for_low_beta",
    ),
    "turning_speed": Control(
        _TURNING, "a record of another angle", f"{_CHANGING}::test_a_cluster_that_turns_by_another_angle_fails"
    ),
    "turning_rate": Control(
        f"{_TURNING}, ρ > 0 at the repelling point",
        "a record of another angle",
        f"{_CHANGING}::test_a_cluster_that_turns_by_another_angle_fails",
    ),
    **ENSEMBLE_CONTROLS,
    **LABEL_CONTROLS,
}
"""By the name of the claim or law."""
