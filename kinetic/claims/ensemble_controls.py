"""What every law of ensembles needs, and the control that it must fail; `controls` says what that is."""

from kinetic.claims.control import Control

STILL = "attention that moves nothing"
_VALUES = f'common_noise.kind = "values" of strength 1, {STILL}, softmax, one head with KᵀQ = I'
_ENSEMBLE = "sweep/test_ensemble.py::test_every_law_refuses_realisations_of_other_statistics"

ENSEMBLE_CONTROLS: dict[str, Control] = {
    "annealed_decay": Control(
        f'common_noise.kind "matrix" or "field", {STILL}', "a mean 2.5 times as large", _ENSEMBLE
    ),
    "entropy_growth": Control(
        f'common_noise.kind "matrix" or "field", {STILL}, uniform data', "a mean 2.5 times as large", _ENSEMBLE
    ),
    "pair_energy": Control(
        f"an isotropic field, {STILL}, one head with KᵀQ = I, uniform or von Mises–Fisher data",
        "a mean 2.5 times as large",
        _ENSEMBLE,
    ),
    "two_clusters": Control(f"{_VALUES}, two tight clusters of equal mass", "a mean 2.5 times as large", _ENSEMBLE),
    "opposite_pair": Control(
        f"{_VALUES}, two tight clusters of equal mass, R < 0.05", "a median 2.5 times as large", _ENSEMBLE
    ),
    "typical_spread": Control(
        f"an isotropic field, {STILL}, a von Mises–Fisher density of concentration 1e4 or more",
        "a median 2.5 times as large",
        _ENSEMBLE,
    ),
    "typical_distance": Control(
        f'common_noise.kind = "matrix" on the circle, {STILL}, uniform data', "a median 2.5 times as large", _ENSEMBLE
    ),
    "noise_maxima": Control(
        'initial.kind = "random" on circle or sphere, in harmonics, one identity head of β > 0, no noise later; while '
        "ρ − 1 is small",
        "counts 1.3 times as large",
        "sweep/test_counted.py::test_the_law_of_noise_passes_for_its_own_mean_and_fails_for_another",
    ),
    "mean_distance": Control(
        f'common_noise.kind = "matrix" on the circle, {STILL}, uniform data', "a mean 2.5 times as large", _ENSEMBLE
    ),
}
"""By the name of the law."""
