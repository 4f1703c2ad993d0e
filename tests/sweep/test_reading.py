"""A sweep file gives points, or one error that says what is wrong."""

from itertools import pairwise

import pytest
from sweep.examples import FAILING, SWEEP, folder_with

from kinetic.errors import CaseError
from kinetic.library import bundled_sweeps
from kinetic.sweep import Sweep


@pytest.fixture
def folder(tmp_path):
    return folder_with(tmp_path, bumps=SWEEP, failing=FAILING)


def axis(text):
    """A sweep with one axis of this text."""
    head = SWEEP.partition("[[axes]]")[0]
    return f"{head}[[axes]]\n{text}\n"


def points(text, folder):
    """The values of every point."""
    return [point.values for point in Sweep.parse(text, "s", folder).points]


def test_axes_are_multiplied_the_last_one_running_fastest(folder):
    sweep = Sweep.read(folder / "bumps.toml")
    betas_and_words = [(point.values, point.case.attention) for point in sweep.points]
    assert [values for values, _ in betas_and_words] == [
        (beta, word) for beta in (0.5, 1, 2.0) for word in ("softmax", "none")
    ]
    for (beta, word), attention in betas_and_words:
        assert (attention.beta, attention.normalization) == (beta, word)
    assert (sweep.name, sweep.title) == ("bumps", "Bumps")


def test_a_sweep_is_thinned_and_its_template_changed_without_a_copy(folder):
    case = (folder / "bump.toml").read_text()
    inline = "".join(f"[case.{line[1:]}" if line.startswith("[") and line[1] != "[" else line
                     for line in case.partition("[[claims]]")[0].splitlines(keepends=True))  # fmt: skip
    inline = inline.replace("\ntitle", "\n[case]\ntitle", 1)
    text = 'title = "s"\n' + inline + '[[axes]]\nkey = "attention.beta"\nstart = 0.5\nstop = 2.0\ncount = 4\n'
    (folder / "inline.toml").write_text(text)
    small = Sweep.read(folder / "inline.toml", ("axes.0.count=2", "case.time.end=0.2"))
    assert [(point.values, point.case.time.end) for point in small.points] == [((0.5,), 0.2), ((2.0,), 0.2)]
    assert Sweep.parse(small.text, "again", folder).points == small.points  # what a table keeps is the smaller one
    with pytest.raises(CaseError, match=r"axes\.3: no such entry"):
        Sweep.read(folder / "inline.toml", ("axes.3.count=2",))


def test_a_zipped_axis_advances_with_its_leader(folder):
    text = axis('key = "attention.beta"\nvalues = [1, 2]') + (
        '[[axes]]\nkey = "space.degree"\nvalues = [8, 16, 24]\n'
        '[[axes]]\nkey = "time.end"\nvalues = [0.5, 0.25]\nzip_with = "attention.beta"'
    )
    assert points(text, folder) == [(b, d, end) for b, end in ((1, 0.5), (2, 0.25)) for d in (8, 16, 24)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("start = 0\nstop = 1.0\ncount = 5", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("start = 1\nstop = 9\ncount = 3", (1, 5, 9)),
        ("start = -0.3\nstop = 0.3\ncount = 7", (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)),
        ("start = 1\nstop = 2\ncount = 3", (1.0, 1.5, 2.0)),
        ('start = 16\nstop = 256\ncount = 5\nspacing = "logarithmic"', (16, 32, 64, 128, 256)),
        ("start = 3.0\nstop = 7\ncount = 1", (3.0,)),
    ],
)
def test_ranges_are_equally_spaced_and_integers_where_they_can_be(folder, text, values):
    (found,) = zip(*points(axis(f'key = "attention.beta"\n{text}'), folder), strict=True)
    assert found == pytest.approx(values, rel=1e-15, abs=0)
    assert [type(value) for value in found] == [type(value) for value in values]


def test_logarithmic_ranges_have_equal_ratios(folder):
    (found,) = zip(
        *points(axis('key = "attention.beta"\nstart = 0.1\nstop = 10\ncount = 4\nspacing = "logarithmic"'), folder),
        strict=True,
    )
    ratios = [later / earlier for earlier, later in pairwise(found)]
    assert ratios == pytest.approx([100 ** (1 / 3)] * 3, rel=1e-13)


def test_the_template_can_stand_in_the_file_or_be_bundled(folder):
    inline = (
        axis('key = "attention.beta"\nvalues = [1]').replace('case = "bump.toml"', "")
        + "[case]\n"
        + (folder / "bump.toml").read_text()
    )
    for table in ("space", "attention", "initial", "time", "output"):
        inline = inline.replace(f"[{table}]", f"[case.{table}]")
    inline = inline.replace("[[claims]]", "[[case.claims]]")
    case = Sweep.parse(inline, "s").points[0].case
    assert case.model == Sweep.read(folder / "bumps.toml").points[2].case.model
    bundled = axis('key = "attention.beta"\nvalues = [1]').replace("bump.toml", "poisson_circle")
    assert Sweep.parse(bundled, "s").points[0].case.initial.kind == "poisson"


def test_a_key_without_value_in_the_template_gets_it_from_its_axis(folder):
    (folder / "bump.toml").write_text((folder / "bump.toml").read_text().replace("beta = 1.0\n", ""))
    assert [p.case.attention.beta for p in Sweep.read(folder / "bumps.toml").points[::2]] == [0.5, 1, 2]


def test_the_name_of_a_point_depends_on_its_run_alone(folder):
    names = {point.case.name for point in Sweep.read(folder / "bumps.toml").points}
    assert len(names) == 6
    more = SWEEP.replace("[0.5, 1, 2.0]", "[7, 0.5, 1, 2.0]").replace('"Bumps"', '"More bumps"')
    assert names < {point.case.name for point in Sweep.parse(more, "more", folder).points}
    template = (folder / "bump.toml").read_text()
    (folder / "bump.toml").write_text(template.replace('title = "A', 'title = "Another') + "# a comment")
    assert names == {point.case.name for point in Sweep.read(folder / "bumps.toml").points}
    (folder / "bump.toml").write_text(template.replace("degree = 32", "degree = 33"))
    assert names.isdisjoint(point.case.name for point in Sweep.read(folder / "bumps.toml").points)


BETA = 'key = "attention.beta"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = 3", "title: received 3; must be one line of text"),
        ('title = "a"\ncase = "bump.toml"', "axes: missing; must be a list of tables"),
        (axis(BETA + "vallues = [1]"), r'axes.0.vallues: unknown key; did you mean "values"\?'),
        (axis(BETA), "axes.0.values: missing; must be a list of 1 to 10000 values, or give start, stop and count"),
        (axis(BETA + "values = []"), r"received \[\]; must be a list of 1 to"),
        (axis(BETA + "values = [1]\nstart = 1"), "axes.0.start: given together with values"),
        (axis(BETA + "start = 1\ncount = 2"), "axes.0.stop: missing; must be a finite number"),
        (axis(BETA + "start = 1\nstop = nan\ncount = 2"), "axes.0.stop: received nan; must be a finite number"),
        (axis(BETA + 'start = 0\nstop = 1\ncount = 2\nspacing = "logarithmic"'), "all values must then be > 0"),
        (axis(BETA + 'values = [1]\nspacing = "logaritmic"'), 'did you mean "logarithmic"'),
        (axis('key = "a b"\nvalues = [1]'), "must be a key path such as"),
        (axis(BETA + 'values = [1]\nzip_with = "time.end"'), "must be the key of an axis that is not zipped itself"),
        (axis(f"{BETA}values = [1]\n[[axes]]\n{BETA}values = [2]"), r'"attention.beta" again; give each key one axis'),
        (
            axis(BETA + 'values = [1]\n[[axes]]\nkey = "time.end"\nvalues = [1, 2]\nzip_with = "attention.beta"'),
            "has 2 values, attention.beta has 1; axes that are zipped must be equally long",
        ),
        (
            axis(BETA + 'start = 0\nstop = 1\ncount = 200\n[[axes]]\nkey = "time.end"\nstart = 1\nstop = 2\ncount=200'),
            "received 40000 points; must be at most 10000",
        ),
        (axis(BETA + "values = [1, 2, 1.0]"), "attention.beta=1 is asked for twice"),
        (axis(BETA + "values = [1, 2000]"), r"attention.beta=2000: attention.beta: received 2000; must be a number"),
        (axis('key = "attention.bet"\nvalues = [1]'), r'attention.bet: unknown key; did you mean "beta"\?'),
        (SWEEP.replace("bump.toml", "bmp.toml"), r'case: received "bmp.toml"; there is neither such a file nor'),
        (SWEEP.replace('"bump.toml"', "3"), "case: received 3; must be the path of a case file"),
        (SWEEP.replace('of = "order_parameter"', 'of = "order_paramter"', 1), 'did you mean "order_parameter"'),
        (SWEEP.replace('"mass_conserved"', '"energy"'), "must be the name of a claim"),
        (SWEEP.replace('kind = "final"', 'kind = "crossing"'), "give exactly one of above and below"),
        (SWEEP.replace('kind = "final"', 'kind = "final"\nabove = 1'), 'allowed only with kind = "crossing"; remove'),
        (SWEEP.replace("stop = 0.4\n", ""), 'stop: missing; needed for kind = "trace"'),
        (SWEEP.replace("stop = 0.4\n", "stop = 0.4\nstart = 1\n"), "must be > start"),
        (SWEEP.replace('kind = "final"', 'kind = "tokens"'), "must be order_deficit for kind"),
        (
            SWEEP.replace('kind = "final"\nof = "order_parameter"', 'kind = "tokens"\nof = "order_deficit"'),
            'count: missing; needed for kind = "tokens"',
        ),
        (SWEEP.replace('kind = "final"', 'kind = "final"\nseed = 2'), 'allowed only with kind = "tokens"; remove'),
        (SWEEP.replace('name = "order"', 'name = "path"'), "which is the name of another column"),
        (SWEEP.replace('name = "order"', 'name = "status"'), "which is the name of another column"),
        (SWEEP.replace('name = "order"', 'name = "a b"'), "must be a name of letters, digits"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder, text, words):
    with pytest.raises(CaseError, match=words):
        Sweep.parse(text, "s", folder)


@pytest.mark.parametrize("name", bundled_sweeps())
def test_every_bundled_sweep_is_valid_and_says_why_it_exists(name):
    path = bundled_sweeps()[name]
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert len(Sweep.read(path).points) > 5
