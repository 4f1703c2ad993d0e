"""Pages made from the code hold every name, and docstrings become Markdown that hides nothing."""

import inspect

import kinetic
from kinetic.case import schema
from kinetic.claims import CLAIMS
from kinetic.claims.controls import CONTROLS
from kinetic.claims.ensembles import LAWS
from kinetic.cli.reference import page
from kinetic.cli.reference.prose import cell, docstring, prose
from kinetic.density import Body
from kinetic.glossary import entries
from kinetic.observables import DEFINITIONS
from kinetic.sweep.json_schema import schema as sweep_schema


def test_the_theory_has_every_claim_with_its_facts():
    text = page("theory")
    parts = {part.partition("`")[0]: part for part in text.split("\n### `")[1:]}
    assert set(parts) == {*CLAIMS, *LAWS}
    for name, part in parts.items():
        founded = (CLAIMS.get(name) or LAWS[name]).founded
        assert f"- *status*: {founded.status}" in part
        assert prose(founded.source) in part
        assert prose(CONTROLS[name].needs) in part
        assert f"`tests/{CONTROLS[name].test}`" in part
    assert "Raises" not in text


def test_the_keys_are_those_of_the_schemas():
    text = page("keys")
    for section in (*schema()["properties"], *sweep_schema()["properties"]):
        assert f"`[{section}]`" in text or f"| `{section}` |" in text or section == "case"
    known = [name for name, entry in entries().items() if entry.kind in ("key", "observable")]
    assert all(f"| `{name}` |" in text for name in known)
    assert {definition.name for definition in DEFINITIONS} <= set(known)


def test_what_a_key_means_under_each_kind_stands_together():
    (is_,) = (text for label, text in entries()["initial.concentration"].facts if label == "is")
    assert 'kind = "von_mises_fisher": ' in is_
    assert 'kind = "tokens": ' in is_


def test_the_interface_has_every_public_name():
    text = page("api")
    for name in kinetic.__all__:
        assert f"### `kinetic.{name}`" in text
    methods = [name for name, member in vars(Body).items() if inspect.isfunction(member) and not name.startswith("_")]
    assert all(f"#### `Body.{name}`" in text for name in methods)
    assert "kinetic.run(case, output=None, *, resume=False," in text


def test_docstrings_become_lists_and_nothing_reads_as_html():
    given = "Return <x, y> of `<case>`.\n\nParameters\n----------\nx : Array, shape (n,)\n    |x| < y<z.\n*more : str"
    expected = "Return ⟨x, y⟩ of `<case>`.\n\n**Parameters**\n\n- `x` : Array, shape (n,)  \n    |x| < y&lt;z."
    assert docstring(given) == f"{expected}\n- `*more` : str"
    assert prose("two * three ** four") == "two ∗ three ** four"
    assert cell("|x|\n\nin a row") == r"\|x\| in a row"
