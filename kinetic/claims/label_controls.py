"""What the claims about tokens with labels need, and the controls that they must fail."""

from kinetic.claims.control import Control

_MASK = 'label.kind = "causal", one identity head, no noise, tokens of norm one'
_SMALL = f"{_MASK}; uniform data and a small label.perturbation"
_RATES = 'label.kind = "frequency", one identity head, tokens of norm one'
_TURNS = "claims/test_rates_of_rotation_delay_order.py"
_ROW = "claims/test_tokens_in_a_row.py"

LABEL_CONTROLS: dict[str, Control] = {
    "mask_unseen": Control(
        f"{_MASK}, on the circle, the same density at all positions",
        "a record of another β",
        f"{_ROW}::test_equal_positions_do_not_see_the_mask",
    ),
    "label_response": Control(
        _SMALL, "a record of another decay", f"{_ROW}::test_a_pulse_is_answered_as_hardys_operator_says"
    ),
    "label_growth": Control(
        f"{_SMALL} that is a power of the position, decay 0",
        "a record of another power",
        f"{_ROW}::test_powers_of_the_position_grow_less",
    ),
    "retrieval_profile": Control(
        f"{_MASK}; uniform data but for one stretch of positions, small amplitudes",
        "a record of another decay",
        f"{_ROW}::test_the_last_token_retrieves_least_from_inside",
    ),
    "label_boost": Control(
        f"{_MASK}, β = 0, densities that jump from stretch to stretch",
        "a record of another decay",
        f"{_ROW}::test_without_temperature_every_position_moves_by_a_boost",
    ),
    "prefix_front": Control(
        f"{_MASK}, β = 0, on the circle: a prefix, and uniform data behind it",
        "time that runs a fifth slower",
        f"{_ROW}::test_uniform_data_hear_of_a_prefix_at_one_time",
    ),
    "prefix_wins": Control(
        f"{_MASK}; β between −1 and 1, a prefix with a mean direction; every position gathered at the end",
        "a last position that points the other way",
        f"{_ROW}::test_all_tokens_end_at_the_first",
    ),
    "turning_boost": Control(
        f"{_RATES}, β = 0, no noise",
        "a record whose R drifts by 1e-6 a row",
        f"{_TURNS}::test_every_rate_has_its_boost",
    ),
    "lorentz_order": Control(
        f"{_RATES} of a law of Lorentz, on the circle, β = 0, no noise, a Poisson density",
        "R a twentieth larger",
        f"{_TURNS}::test_a_law_of_lorentz_obeys_one_equation",
    ),
    "frequency_growth": Control(
        f"{_RATES} of a law of Lorentz or Gauss, or uniform; R < 0.01; on the circle, narrow enough that order grows, "
        "or on the sphere with label.axes and center 0",
        "a record of a wider law",
        f"{_TURNS}::test_order_grows_at_the_root_of_the_law",
    ),
    "frequency_order": Control(
        f"{_RATES} of a law of Lorentz or Gauss, or uniform, on the circle, β = 0",
        "a record of a wider law",
        f"{_TURNS}::test_order_at_rest_is_self_consistent",
    ),
}
