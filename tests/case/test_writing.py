"""What is written as TOML reads back as it was."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from kinetic.case.writing import document, value_text

texts = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=20)
leaves = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | texts
    | st.dates()
    | st.times().map(lambda time: time.replace(fold=0))
    | st.datetimes().map(lambda time: time.replace(fold=0))
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@given(values)
def test_any_value_reads_back_bit_for_bit(value):
    assert repr(tomllib.loads(f"value = {value_text(value)}")["value"]) == repr(value)


@given(st.dictionaries(texts, values, max_size=6))
def test_any_document_reads_back(data):
    assert tomllib.loads(document(data)) == data
