"""Curves on the figure of a sweep: which formula, of which case, on which axes."""

import numpy as np
import pytest
from sweep.examples import CASE

from kinetic.errors import CaseError
from kinetic.sweep import Outcome, Sweep
from kinetic.sweep.picture import draw
from kinetic.sweep.predicted import TIME, curve, rates
from kinetic.sweep.table import tabulate
from kinetic.theory.equiangular import time_to_overlap
from kinetic.theory.linear_stability import critical_diffusion

KAPPA = '[[axes]]\nkey = "noise.diffusion"\nvalues = [0.1, 0.3, 0.6]\n'
BETA = '[[axes]]\nkey = "attention.beta"\nstart = 0.5\nstop = 2.5\ncount = 3\n'
DIMENSION = '[[axes]]\nkey = "space.dimension"\nvalues = [2, 3, 6]\ndrawn = "separately"\n'
FINAL = '[[quantities]]\nname = "order"\nkind = "final"\nof = "order_parameter"\n'
PAIRS = '[[quantities]]\nname = "pairs"\nkind = "trace"\nof = "close_pairs"\nstop = 9.0\ncount = 4\ndelta = 0.01\n'
ZONAL = CASE.replace('"circle"', '"zonal"').replace("mean = [1.0, 0.0]\n", "")


def table(theory, *parts, case=CASE):
    """A table of made-up numbers."""
    template = "\n".join(
        f"[case.{line[1:]}" if line.startswith("[") and line[1] != "[" else line for line in case.split("\n")
    )
    template = template.replace("[[claims]]", "[[case.claims]]").replace('title = "A bump', '[case]\ntitle = "A bump')
    sweep = Sweep.parse("\n".join([f'title = "t"\ntheory = "{theory}"', *parts, template]), "s")
    cells = {"order": 0.5, "pairs": (0.1, 0.2, 0.3, 0.4)}
    return tabulate(sweep, {point.index: Outcome("finished", cells=cells) for point in sweep.points})


def drawn_curves(figure):
    """(x, y) of the dashed white lines."""
    return [
        line.get_data()
        for axes in figure.axes
        for line in axes.lines
        if line.get_color() == "white" and line.get_label()[0] != "_"
    ]


def test_the_threshold_of_noise_is_drawn_on_the_diagram_of_its_own_dimension():
    made = table("critical_diffusion", DIMENSION, KAPPA, BETA, FINAL, case=ZONAL)
    curves = drawn_curves(draw(made))
    assert len(curves) == 3
    for dimension, (kappa, beta) in zip((2, 3, 6), curves, strict=True):
        assert (beta[0], beta[-1]) == (0.5, 2.5)
        expected = [critical_diffusion(1, dimension, b, "softmax") for b in beta]
        np.testing.assert_allclose(kappa, expected, rtol=1e-14)


def test_where_beta_is_no_axis_the_threshold_is_one_number():
    made = table("critical_diffusion", KAPPA, FINAL)
    found = curve(made, 0, made.sweep.quantities[0])
    assert set(found.along) == {"noise.diffusion"}
    assert found.along["noise.diffusion"] == critical_diffusion(1, 2, 1.0, "softmax")
    (axes,) = draw(made).axes
    assert [*axes.lines[-1].get_xdata()] == [found.along["noise.diffusion"][0]] * 2


def test_tokens_at_equal_angles_are_drawn_over_time_and_beta():
    made = table("equiangular_tokens", BETA, PAIRS)
    found = curve(made, 0, made.sweep.quantities[0])
    assert set(found.along) == {TIME, "attention.beta"}
    assert found.along[TIME][0] == time_to_overlap(0.0, 0.99, 0.5, "softmax", 32)
    ((times, betas),) = drawn_curves(draw(made))
    np.testing.assert_array_equal(times, found.along[TIME])
    np.testing.assert_array_equal(betas, found.along["attention.beta"])


def test_several_heads_have_no_curve():
    heads = CASE.replace("beta = 1.0", "heads = [{ beta = 1.0 }, { beta = 2.0 }]")
    made = table("critical_diffusion", KAPPA, FINAL, case=heads)
    assert curve(made, 0, made.sweep.quantities[0]) is None


@pytest.mark.parametrize(
    ("theory", "parts", "words"),
    [
        ("critical_diffusion", (BETA, FINAL), "needs an axis noise.diffusion"),
        ("equiangular_tokens", (BETA, FINAL), "a trace of close_pairs"),
        ("equiangular_tokens", (KAPPA, PAIRS), "an axis attention.beta"),
        ("kappa", (KAPPA, FINAL), "theory"),
    ],
)
def test_a_curve_without_a_place_is_refused_before_anything_is_run(theory, parts, words):
    with pytest.raises(CaseError, match=words):
        table(theory, *parts)


def test_the_threshold_of_a_perceptron_is_a_line_across_the_whole_axis():
    weight = '[[axes]]\nkey = "perceptron.neurons.0.weight"\nvalues = [0.0, 0.3, 0.6]\n'
    neuron = '[perceptron]\nactivation = "identity"\nneurons = [{ weight = 0.0, direction = [1.0, 0.0] }]\n'
    case = CASE + neuron
    made = table("critical_strength", weight, FINAL, case=case)
    found = curve(made, 0, made.sweep.quantities[0])
    assert [*found.along] == ["perceptron.neurons.0.weight"]
    assert found.along["perceptron.neurons.0.weight"] == 1.0  # softmax
    with pytest.raises(CaseError, match=r"perceptron\.neurons\.0\.weight"):
        table("critical_strength", BETA, FINAL, case=case)


RATE = '[[quantities]]\nname = "rate"\nkind = "claim"\nof = "{}"\n'
FIXED = ZONAL.replace('kind = "zonal"', 'kind = "zonal"\ndimension = 8')
NONE = ZONAL.replace('"softmax"', '"none"')


def smooth(axes):
    """Lines of more points than were measured."""
    return [line for line in axes.lines if len(line.get_xdata()) > 3]


def test_rates_at_a_dirac_are_drawn_for_every_dimension_beside_those_of_tokens():
    made = table("dirac_rate", BETA, DIMENSION, RATE.format("dirac_rate"), case=NONE)
    (axes,) = draw(made).axes
    tokens, density = (
        [line for line in axes.lines if len(line.get_xdata()) > 3 and line.is_dashed() is dash]
        for dash in (True, False)
    )
    for d, line in zip((2, 3, 6), density, strict=True):
        beta = line.get_xdata()
        assert (beta[0], beta[-1]) == (0.5, 2.5)
        np.testing.assert_allclose(line.get_ydata(), np.minimum((d - 1) * np.exp(-beta), 2 * np.exp(beta)), rtol=1e-13)
    (line,) = tokens
    np.testing.assert_allclose(line.get_ydata(), 2 * np.exp(line.get_xdata()), rtol=1e-13)
    assert len({line.get_color() for line in density}) == 3


def test_a_rate_that_all_dimensions_share_is_drawn_once():
    made = table("symmetric_rate", BETA, DIMENSION, RATE.format("symmetric_rate"), case=ZONAL)
    (axes,) = draw(made).axes
    assert [line.get_color() for line in smooth(axes) if not line.is_dashed()] == ["black"]
    assert len(smooth(axes)) == 2


@pytest.mark.parametrize(
    ("normalization", "sep", "twice"), [("softmax", np.array, np.tanh), ("none", np.array, np.sinh)]
)
def test_rates_of_symmetric_clusters_are_drawn(normalization, sep, twice):
    case = FIXED.replace('"softmax"', f'"{normalization}"')
    made = table("symmetric_rate", BETA, RATE.format("symmetric_rate"), case=case)
    density, tokens = rates(made, np.ones(3, dtype=bool), made.sweep.quantities[0], np.linspace(0.5, 2.5, 21))
    beta = density.along["attention.beta"]
    np.testing.assert_allclose(density.along["rate"], np.minimum(sep(beta), 2 * twice(beta)), rtol=1e-13)
    np.testing.assert_allclose(tokens.along["rate"], 2 * twice(beta), rtol=1e-13)
    assert tokens.of_tokens
    assert curve(made, 0, made.sweep.quantities[0]) is None


def test_on_the_circle_the_wave_of_the_data_tells_how_many_clusters_there_are():
    waves = CASE.replace(
        'kind = "linear"\nmean = [1.0, 0.0]\nslope = 0.5',
        'kind = "harmonics"\nterms = [{degree = 2, order = 2, amplitude = 0.5}]',
    )
    made = table("symmetric_rate", BETA, RATE.format("symmetric_rate"), case=waves)
    density, _ = rates(made, np.ones(3, dtype=bool), made.sweep.quantities[0], np.linspace(0.5, 2.5, 21))
    beta = density.along["attention.beta"]
    np.testing.assert_allclose(density.along["rate"], np.minimum(beta, 2 * np.tanh(beta)), rtol=1e-12)
    made = table("symmetric_rate", BETA, RATE.format("symmetric_rate"))  # a bump
    assert rates(made, np.ones(3, dtype=bool), made.sweep.quantities[0], np.linspace(0.5, 2.5, 21)) == ()


def test_rates_are_drawn_beside_their_own_claim_alone():
    for parts in ((BETA, FINAL), (KAPPA, RATE.format("dirac_rate")), (BETA, RATE.format("w2_rate"))):
        with pytest.raises(CaseError, match="a claim dirac_rate"):
            table("dirac_rate", *parts)
    frozen = FIXED.replace("beta = 1.0", "beta = 1.0\nfrozen = true")
    for case, count in ((FIXED, 2), (frozen, 0)):
        made = table("dirac_rate", BETA, RATE.format("dirac_rate"), case=case)
        assert len(rates(made, np.ones(3, dtype=bool), made.sweep.quantities[0], np.linspace(0.5, 2.5, 21))) == count
