"""What a wrong case is told: path, value received, what is allowed, and the nearest key."""

import re

import pytest
from case.examples import case_text

from kinetic.case import CLAIM_NAMES, Case
from kinetic.errors import CaseError


def refusal(*overrides, text=None):
    with pytest.raises(CaseError) as caught:
        Case.parse(case_text() if text is None else text, overrides)
    return str(caught.value)


# (override, path that is named, words that say what is allowed)
OUT_OF_RANGE = [
    ("title=3", "title", "must be one line of text"),
    ('title=" "', "title", "not empty"),
    (r'title="two\nlines"', "title", "one line"),
    (r'source="a\u0000"', "source", "one line"),
    ("space=3", "space", "must be a table"),
    ("space.kind=ball", "space.kind", 'one of "circle", "sphere", "zonal"'),
    ("space.degree=-3", "space.degree", 'must be a positive integer or "auto"'),
    ("space.degree=0", "space.degree", 'positive integer or "auto"'),
    ("space.degree=12.0", "space.degree", 'positive integer or "auto"'),
    ("space.degree=true", "space.degree", 'positive integer or "auto"'),
    ('space.degree="12"', "space.degree", 'positive integer or "auto"'),
    ("space.degree=4096", "space.degree", "at most 4095"),
    ("space.degree=1000000", "space.degree", "at most 65535"),
    ("space.max_degree=64", "space.max_degree", 'only with degree = "auto"'),
    ("space.dimension=4", "space.dimension", "must be 3 for the sphere"),
    ("space.dimension=1", "space.dimension", "an integer from 2 to 4096"),
    ("space.chart=flat", "space.chart", 'one of "harmonic", "conformal", "mercator"'),
    ("space.elements=8", "space.elements", 'only with chart = "mercator"'),
    ("space.element_order=8", "space.element_order", 'only with chart = "mercator"'),
    ("attention.normalization=sotfmax", "attention.normalization", 'did you mean "softmax"?'),
    ("attention.beta=1001", "attention.beta", ">= -600 and <= 600"),
    ("attention.beta=nan", "attention.beta", "a number"),
    ("attention.beta=-inf", "attention.beta", "a number"),
    ("attention.beta=1e400", "attention.beta", "a number"),
    ("attention.beta=true", "attention.beta", "a number"),
    ('attention.beta="1"', "attention.beta", "a number"),
    ("attention.beta=1979-05-27", "attention.beta", "a number"),
    ("attention.beta=[1]", "attention.beta", "a number"),
    ("attention.context_length=1", "attention.context_length", "an integer from 2"),
    ("attention.heads=[]", "attention.heads", "at least one table"),
    ("attention.heads=3", "attention.heads", "a list of tables"),
    ("layer_norm.scheme=after", "layer_norm.scheme", '"ln_scaling"'),
    ("layer_norm.radius=2", "layer_norm.radius", 'only with scheme = "pre" or "mix" or "peri"'),
    ('layer_norm={scheme="pre", switch_time=2}', "layer_norm.switch_time", 'only with scheme = "mix"'),
    ('layer_norm={scheme="mix", rate=2}', "layer_norm.rate", 'only with scheme = "ngpt"'),
    ('layer_norm={scheme="pre", radius=0}', "layer_norm.radius", "> 0"),
    ('layer_norm={scheme="mix", switch_time=-1}', "layer_norm.switch_time", ">= 0"),
    ('layer_norm={scheme="ngpt", rate=0}', "layer_norm.rate", "> 0"),
    ('layer_norm={scheme="ngpt", rate=[[0, 1], [0, 2]]}', "layer_norm.rate", "increasing times"),
    ('layer_norm={scheme="ngpt", rate=[[0, 1, 2]]}', "layer_norm.rate", "pairs"),
    ('layer_norm={scheme="ngpt", rate=[]}', "layer_norm.rate", "pairs"),
    ('layer_norm={scheme="ngpt", rate=[[0, -1]]}', "layer_norm.rate", "> 0"),
    ("noise.diffusion=-1e-9", "noise.diffusion", ">= 0"),
    ("initial=4", "initial", "must be a table"),
    ("initial.kind=poison", "initial.kind", 'did you mean "poisson"?'),
    ("initial.kind=[1]", "initial.kind", '"uniform"'),
    ("initial.kind=nan", "initial.kind", '"uniform"'),
    ("time.end=0", "time.end", ">= 1e-290"),
    ("time.end=inf", "time.end", ">= 1e-290 and <= 1e+09"),
    ("time.tolerance=1e-14", "time.tolerance", ">= 1e-13 and <= 0.1"),
    ("time.tolerance=1", "time.tolerance", ">= 1e-13 and <= 0.1"),
    ("time.scheme=euler", "time.scheme", '"auto", "dop853", "rk45"'),
    ("output.observe_every=0", "output.observe_every", ">= 1e-290"),
    ("output.observe_every=1e-7", "output.observe_every", "at least 2e-06"),
    ("output.save_every=1e-6", "output.save_every", "at least 2e-05"),
    ("claims=3", "claims", "a list of tables"),
    ('claims=[{name="dirac_rat"}]', "claims.0.name", 'did you mean "dirac_rate"?'),
    ('claims=[{name="dirac_rate", tolerance=0}]', "claims.0.tolerance", "> 0"),
    ('claims=[{name="w2_rate"}, {name="w2_rate"}]', "claims.1.name", "each claim once"),
]


@pytest.mark.parametrize(("override", "path", "allowed"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_named_with_what_is_allowed(override, path, allowed):
    message = refusal(override)
    assert message.startswith(f"case: {path}: received ")
    assert allowed in message
    assert "\n" not in message


# (kind, space, override, path, words)
INITIAL = [
    ("linear", "sphere", "initial.slope=1.5", "slope", ">= -1 and <= 1"),
    ("linear", "sphere", "initial.mean=[0, 0, 0]", "mean", "not all zero"),
    ("linear", "sphere", "initial.mean=[1, nan, 0]", "mean", "finite"),
    ("linear", "sphere", 'initial.mean=[1, "0", 0]', "mean", "finite"),
    ("linear", "sphere", "initial.mean=[true, 0, 0]", "mean", "finite"),
    ("linear", "sphere", "initial.mean=[]", "mean", "finite"),
    ("linear", "sphere", "initial.mean=[1, 0]", "mean", "a list of 3 numbers"),
    ("linear", "circle", "initial.mean=[1, 0, 0]", "mean", "a list of 2 numbers"),
    ("linear", "zonal", "initial.mean=[1, 0, 0, 0, 0]", "mean", "whose axis is e"),
    (
        "linear",
        "sphere",
        'initial={kind="wrapped_normal", components=[{mean=[1, 0, 0], deviation=0.2, weight=1}]}',
        "kind",
        'space.kind = "circle"',
    ),
    ("von_mises_fisher", "zonal", "initial.concentration=1e9", "concentration", "<= 1e+08"),
    ("poisson", "zonal", "initial.radius=1", "radius", ">= 0 and < 1"),
    ("poisson", "zonal", "initial.radius=-0.1", "radius", ">= 0 and < 1"),
    ("band", "zonal", "initial.latitude=1", "latitude", "> -1 and < 1"),
    ("band", "zonal", "initial.latitude=-1", "latitude", "> -1 and < 1"),
    ("band", "zonal", "initial.width=0", "width", ">= 1e-08"),
    ("cap", "zonal", "initial.angle=3.2", "angle", "< 3.14159 (radians)"),
    ("cap", "zonal", "initial.angle=0", "angle", ">= 1e-60"),
    ("cap", "zonal", "initial.background=1", "background", ">= 0 and < 1"),
    ("random", "sphere", "initial.amplitude=-1", "amplitude", ">= 0"),
    ("random", "sphere", "initial.max_degree=0", "max_degree", "an integer from 1"),
    ("random", "sphere", "initial.max_degree=33", "max_degree", "at most space.degree = 32"),
    ("random", "sphere", "initial.seed=-1", "seed", "an integer from 0"),
    ("random", "sphere", "initial.seed=1.0", "seed", "an integer from 0"),
    ("record", "sphere", "initial.time=-1", "time", ">= 0"),
    ("record", "sphere", 'initial.path=""', "path", "not empty"),
    ("mixture", "sphere", "initial.components=[]", "components", "at least one"),
    ("mixture", "sphere", "initial.uniform=-1", "uniform", ">= 0"),
    ("mixture", "sphere", "initial.components.1.weight=0", "components.1.weight", "> 0"),
    ("mixture", "sphere", "initial.components.1.axis=1", "components.1.axis", "give mean instead"),
    ("mixture", "sphere", "initial.components.0.mean=[1, 0]", "components.0.mean", "a list of 3 numbers"),
    ("mixture", "zonal", "initial.components.0.axis=0", "components.0.axis", "one of 1, -1"),
    ("mixture", "zonal", "initial.components.0.axis=true", "components.0.axis", "one of 1, -1"),
    (
        "mixture",
        "zonal",
        "initial.components.0.mean=[1, 0]",
        "components.0.mean",
        "give axis = 1 or -1 instead",
    ),
    ("harmonics", "sphere", "initial.terms.0.degree=0", "terms.0.degree", "an integer from 1"),
    ("harmonics", "sphere", "initial.terms.0.order=3", "terms.0.order", "from -2 to 2"),
    ("harmonics", "circle", "initial.terms.0.order=1", "terms.0.order", "must be 2 (cosine) or -2 (sine)"),
    ("harmonics", "zonal", "initial.terms.0.order=0", "terms.0.order", "has no order"),
    ("harmonics", "zonal", "initial.terms.0.degree=40", "terms.0.degree", "at most space.degree = 32"),
]


@pytest.mark.parametrize(("kind", "space", "override", "path", "allowed"), INITIAL)
def test_a_wrong_key_of_an_initial_kind_is_named(kind, space, override, path, allowed):
    message = refusal(override, text=case_text(space, kind))
    assert message.startswith(f"case: initial.{path}: received ")
    assert allowed in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("kind", "space", "key", "path"),
    [
        ("linear", "sphere", "mean = [0.0, 3.0, 4.0]\n", "initial.mean"),
        ("mixture", "sphere", "mean = [0.0, 3.0, 4.0], concentration = 4,", "initial.components.0.mean"),
        ("mixture", "zonal", "axis = -1, concentration = 4,", "initial.components.0.axis"),
        ("harmonics", "sphere", "order = 1, ", "initial.terms.0.order"),
        ("harmonics", "circle", "order = -2, ", "initial.terms.0.order"),
    ],
)
def test_a_key_that_the_space_requires_is_missed(kind, space, key, path):
    text = case_text(space, kind)
    assert key in text
    kept = "concentration = 4," if "concentration" in key else ""
    assert refusal(text=text.replace(key, kept)).startswith(f"case: {path}: missing; must be ")


@pytest.mark.parametrize("space", ["circle", "zonal"])
def test_the_bound_on_the_degree_depends_on_the_space(space):
    text = case_text(space)
    if space == "circle":
        assert Case.parse(text, ["space.degree=65535"]).space.degree == 65535
    else:
        assert "at most 4095" in refusal("space.degree=65535", text=text)


def test_an_automatic_degree_cannot_grow_beyond_the_bound_of_the_space():
    assert "space.max_degree: received 5000; must be at most 4095" in refusal(
        "space.degree=auto", "space.max_degree=5000"
    )


def test_context_length_belongs_to_softmax():
    message = refusal("attention.normalization=none", "attention.context_length=10")
    assert message.startswith(
        'case: attention.context_length: received 10; allowed only with normalization = "softmax"'
    )


def test_beta_and_heads_exclude_each_other():
    assert "give exactly one of the two" in refusal("attention.heads=[{beta=1}]")


def test_without_beta_and_heads_both_are_offered():
    assert "or give attention.heads instead" in refusal('attention={normalization="softmax"}')


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("space.degre=3", 'space.degre: unknown key; did you mean "degree"?'),
        ("tme.end=3", 'tme: unknown key; did you mean "time"?'),
        ("beta=3", "beta: unknown key; beta belongs in [attention]"),
        (
            "initial={kind='linear', slop=0.1, mean=[1, 0, 0]}",
            'initial.slop: unknown key; did you mean "slope"?',
        ),
        ("initial={kin='uniform'}", 'initial.kin: unknown key; did you mean "kind"?'),
        ("initial.mean=[1, 0, 0]", "initial.mean: unknown key; allowed here: kind"),
        ("noise.x=1", "noise.x: unknown key; allowed here: diffusion"),
        ("claims=[{nam='w2_rate'}]", 'claims.0.nam: unknown key; did you mean "name"?'),
    ],
)
def test_an_unknown_key_is_told_the_nearest_one(override, message):
    assert refusal(override) == f"case: {message}"


def test_a_misspelt_required_key_is_reported_once():
    text = case_text().replace("degree = 32", "degre = 32").replace("end = 2.0", "ende = 2.0")
    assert refusal(text=text).split("\n  ") == [
        "case: 2 problems",
        'space.degre: unknown key; did you mean "degree"?',
        'time.ende: unknown key; did you mean "end"?',
    ]


def test_all_problems_come_in_one_error():
    message = refusal("time.end=-1", "noise.diffusion=-1", "title=3", "initial.kind=x", "space.kind=x")
    paths = [line.split(":")[0] for line in message.split("\n  ")[1:]]
    assert paths == ["title", "space.kind", "noise.diffusion", "initial.kind", "time.end"]


def test_problems_between_tables_come_beside_those_within():
    message = refusal("initial.mean=[1, 0]", "time.end=-1", text=case_text(kind="linear"))
    assert [line.split(":")[0] for line in message.split("\n  ")[1:]] == ["initial.mean", "time.end"]


def test_at_most_ten_problems_are_listed():
    message = refusal(*(f"key{i}=1" for i in range(25)))
    assert message.startswith("case: 25 problems\n")
    assert message.endswith("\n  and 15 more")
    assert message.count("\n") == 11


HEADS = 'normalization = "none"\n[[attention.heads]]\nbeta = 1\nquery = {}\nvalue = 2'


@pytest.mark.parametrize(
    ("matrix", "received"),
    [
        ("[1, 2]", "received 2 numbers"),
        ("[[1, 2, 3], [4, 5, 6]]", "received 2 rows of lengths [3, 3]"),
        ("[[1, 2, 3], [4, 5, 6], [7, 8]]", "received 3 rows of lengths [3, 3, 2]"),
    ],
)
def test_a_matrix_of_the_wrong_shape_is_told_the_right_one(matrix, received):
    message = refusal(text=case_text(attention=HEADS.format(matrix)))
    assert message == (
        f"case: attention.heads.0.query: {received}; "
        'must be "identity", a number, 3 numbers (diagonal) or 3 rows of 3 numbers'
    )


@pytest.mark.parametrize("matrix", ["true", '"identiy"', "[1, [2], 3]", "[nan, 1, 1]", "[]", "[[]]", "1001", "inf"])
def test_what_is_no_matrix_is_refused(matrix):
    message = refusal(text=case_text(attention=HEADS.format(matrix)))
    assert message.startswith("case: attention.heads.0.query: received ")
    assert '"identity", a number, a list of d numbers (diagonal)' in message


@pytest.mark.parametrize("matrix", ["[1, 1, 1, 1, 1]", "[[1, 0], [0, 1]]"])
def test_a_zonal_head_must_keep_the_symmetry(matrix):
    message = refusal(text=case_text("zonal", attention=HEADS.format(matrix)))
    assert 'must be "identity" or a number for a zonal space' in message


def test_every_claim_of_the_format_can_be_asked_for():
    claims = ", ".join(f'{{name="{name}"}}' for name in CLAIM_NAMES)
    assert len(Case.parse(case_text(), [f"claims=[{claims}]"]).claims) == len(CLAIM_NAMES) == len(set(CLAIM_NAMES))


@pytest.mark.parametrize(
    "override",
    [f"attention.beta=0x{'f' * 5000}", f'attention.beta="{"x" * 5000}"', f"attention.beta=[{'1, ' * 5000}]"],
)
def test_a_received_value_is_quoted_in_bounded_length(override):
    assert len(refusal(override)) < 200


def test_control_characters_are_escaped():
    message = refusal(r'title="\u001b[31m\u0007"')
    assert r"\x1b[31m\x07" in message
    assert message.isprintable()


TABLES = [
    "space",
    "attention",
    "layer_norm",
    "noise",
    "initial",
    "time",
    "output",
    "claims",
    "title",
    "source",
]
KEYS = [
    "space.kind",
    "space.degree",
    "attention.heads",
    "initial.kind",
    "time.end",
    "claims.0",
    "claims.0.name",
]


@pytest.mark.parametrize("key", TABLES + KEYS)
def test_no_jargon_of_the_validator_leaks(key):
    wrong = ["3", "true", "nan", "[1]", "[[]]", "2020-01-01", "[{}, 3]", "{x = 1}"]
    text = case_text(rest='[[claims]]\nname = "w2_rate"')
    refused = [refusal(f"{key}={value}", text=text) for value in wrong if (key, value) not in VALID]
    assert not [m for m in refused if re.search(r"(?i)input should|type=|pydantic|valid dict|https?:", m)]


VALID = [("space.degree", "3"), ("time.end", "3")]
