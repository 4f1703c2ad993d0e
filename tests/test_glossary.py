"""Everything that can be named is explained: claims, observables, and the keys of a case."""

import pytest
from command_line import called

from kinetic.claims import CLAIMS
from kinetic.errors import CaseError
from kinetic.glossary import entries, entry
from kinetic.observables import DEFINITIONS


def test_every_claim_and_observable_has_an_entry_with_its_facts():
    known = entries()
    assert {name for name, found in known.items() if found.kind == "claim"} == set(CLAIMS)
    assert {definition.name for definition in DEFINITIONS} <= set(known)
    for name in CLAIMS:
        labels = [label for label, text in known[name].facts if text]
        assert {"numbers", "verdict", "needs", "status", "source", "control", "test"} <= set(labels), name


def test_keys_are_reached_through_sections_lists_and_kinds():
    keys = {name for name, found in entries().items() if found.kind == "key"}
    assert {"title", "space.degree", "attention.beta", "attention.heads.value", "initial.concentration"} <= keys
    assert {"perceptron.neurons.weight", "claims.name", "layer_norm.rate", "initial.terms.amplitude"} <= keys


def test_a_misspelt_name_names_the_nearest():
    with pytest.raises(CaseError, match="did you mean dirac_rate"):
        entry("dirac_rat")


def test_explain_shows_and_lists():
    shown = called("explain", "dirac_rate").stdout
    assert "dirac_rate (claim)" in shown
    assert CLAIMS["dirac_rate"].founded.source.split()[0] in shown
    assert "softmax_circle" in shown  # a bundled case that names it
    assert called("explain", "attention.beta").exit_code == 0
    listed = called("explain").stdout
    assert all(name in listed for name in CLAIMS)
    assert all(len(line) <= 100 for line in listed.splitlines())
    assert called("explain", "nothing_like_it").exit_code == 2
