"""Whatever is in a sweep file: it is a sweep, or one error that says what is wrong."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sweep.examples import CASE, FAILING, SWEEP, folder_with

from kinetic.errors import CaseError
from kinetic.library import bundled_sweeps
from kinetic.sweep import Sweep

# fmt: off
PIECES = [
    "1", "0", "-1", "2.5", "1e400", "nan", "true", '""', '"x"', "[]", "{}", "[1, 2]", "[[]]", "9223372036854775808",
    "1e308", "2020-01-01", "trace", "final", "crossing", "claim", "close_pairs", "delta", "theory", "zip_with", "drawn",
    "separately", "critical_diffusion", "equiangular_tokens", "attention.beta", "noise.diffusion", "logarithmic",
    "values", "start", "stop", "count", "above", "[" * 99, "'''\n'''", '"\\u0000"', "[[axes]]", "[[quantities]]",
]
# fmt: on


@st.composite
def damaged(draw, texts):
    """A text with a few pieces replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=5))
        text = text[:at] + piece + text[at + draw(st.integers(0, 14)) :]
    return text


def few_points(text):
    """A sweep of so many points that reading it takes seconds is not wrong."""
    return text.replace("0000", "0").replace("999", "9")


@pytest.mark.parametrize("count", [150, pytest.param(5000, marks=pytest.mark.slow)])
def test_any_damage_to_a_sweep_file_is_answered(tmp_path, count):
    folder = folder_with(tmp_path)
    (folder / "s.toml").write_text(CASE)
    texts = [SWEEP, FAILING, *(path.read_text(encoding="utf-8") for path in bundled_sweeps().values())]
    phases, checks = [Phase.explicit, Phase.generate], [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

    @settings(max_examples=count, deadline=None, phases=phases, suppress_health_check=checks, database=None)
    @given(damaged(texts))
    def check(text):
        told = ""
        try:
            sweep = Sweep.parse(few_points(text), "s", folder)
            assert len(sweep.points) == sweep.size
        except CaseError as error:
            told = str(error)
        assert all(line.isprintable() and len(line) < 4000 for line in told.splitlines())

    check()
