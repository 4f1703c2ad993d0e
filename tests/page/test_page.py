"""The page of a record holds what the record holds, as text where it is text, and fetches nothing."""

import base64
import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from command_line import called
from small_records import record_of

from kinetic.errors import DomainError
from kinetic.page import document, write
from kinetic.page.encode import codes, numbers, script_safe
from kinetic.theory import antipode_law

HOSTILE = "</script><img src=x onerror=alert(1)>&amp;\u2028"


@pytest.fixture(autouse=True)
def without_plotly(monkeypatch):
    """Pages without the script of plotly, which says nothing of the record."""
    monkeypatch.setattr(document, "require_plotly", lambda: "/* plotly */")


def page_of(tmp_path, *records):
    path = tmp_path / "page.html"
    size = write(records, path)
    assert path.stat().st_size == size
    return path.read_text(encoding="utf-8")


def data_of(page):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


def decoded(packed):
    raw = base64.b64decode(packed["data"])
    return np.frombuffer(raw, {"f8": "<f8", "u1": "u1"}[packed["type"]]).reshape(packed["shape"])


def test_numbers_come_back_to_the_last_bit_and_colors_to_half_a_step():
    values = np.array([[1e-300, np.nan], [-2.5, 1e300]])
    np.testing.assert_array_equal(decoded(numbers(values)), values)
    some = np.linspace(-1.0, 2.0, 301)
    back = -1.0 + decoded(codes(some, -1.0, 2.0)) / 254 * 3.0
    assert np.abs(back - some).max() <= 3.0 / 508 * (1 + 1e-12)
    assert decoded(codes(np.array([np.nan]), 0.0, 1.0)) == [255]


def test_no_text_ends_the_script_that_holds_it():
    safe = script_safe({"a": HOSTILE})
    assert "<" not in safe
    assert "&" not in safe
    assert json.loads(safe) == {"a": HOSTILE}


@pytest.mark.parametrize("name", ["sphere", "circle", "zonal", "high"])
def test_every_space_has_pictures_of_every_snapshot(tmp_path, name):
    record = record_of(name)
    data = data_of(page_of(tmp_path, record))
    (shown,) = data["records"]
    assert shown["times"] == pytest.approx(record.density_times)
    first, *_, last = shown["pictures"]
    assert first["kind"] == {"sphere": "sphere", "high": "none"}.get(name, "line")
    for picture in shown["pictures"]:
        if picture["kind"] == "line":
            assert decoded(picture["y"]).shape == (len(shown["times"]), decoded(picture["x"]).size)
    assert last["x_title"] == "degree ℓ"


def test_colors_of_a_sphere_are_the_density_there(tmp_path):
    record = record_of("sphere")
    (shown,) = data_of(page_of(tmp_path, record))["records"]
    picture = shown["pictures"][0]
    found = decoded(picture["colors"])[-1]
    theta, phi = np.pi * np.array([0.0, 0.25, 0.5]), 2 * np.pi * np.array([0.0, 0.25, 0.6])
    rows, columns = np.array([0, 15, 30]), np.array([0, 30, 72])
    points = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    step = (picture["high"] - picture["low"]) / 254
    value = picture["low"] + found[rows, columns] * step
    exact = record.density(-1).values(points)
    assert picture["wide"] is True
    assert np.abs(value - np.log10(exact)).max() < 0.51 * step + 1e-6


def test_predicted_laws_end_where_the_measured_ones_end(tmp_path):
    record = record_of("circle", concentration=9.0)
    figures = {one["name"]: one for one in data_of(page_of(tmp_path, record))["curves"]}
    measured, predicted = figures["order_deficit"]["traces"]
    x, y = decoded(predicted["x"]), decoded(predicted["y"])
    assert y[-1] == decoded(measured["y"])[-1]
    rate = antipode_law.collapse_rate(2, 1.0, "softmax")
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(x), -rate, rtol=1e-9)
    assert [trace["predicted"] for trace in figures["energy"]["traces"]] == [False]


def test_texts_are_shown_to_the_letter_and_nothing_is_fetched(tmp_path):
    record = record_of("circle")
    manifest = replace(
        record.contents.manifest,
        case_text=record.case_text.replace("Costs $5 and _more_", HOSTILE.replace("\u2028", " ")),
        case_name="<b>x",
        overrides=(),
    )
    page = page_of(tmp_path, replace(record, contents=replace(record.contents, manifest=manifest)))
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in page
    assert "kinetic run &#x27;&lt;b&gt;x.toml&#x27;" in page
    assert not re.search(r'(src|href)="(?!data:)|@import|url\(|https?:', page)
    assert "default-src 'none'" in page


def test_records_lie_over_each_other_and_every_claim_unfolds(tmp_path):
    records = record_of("circle"), record_of("circle", normalization="none")
    page = page_of(tmp_path, *records)
    (figure,) = [one for one in data_of(page)["curves"] if one["name"] == "order_parameter"]
    assert [trace["record"] for trace in figure["traces"]] == [0, 1]
    assert page.count("<details><summary class") == sum(len(record.claims) for record in records)
    for words in ("<dt>says</dt>", "<dt>source</dt>", "<dt>status</dt>"):
        assert words in page


def test_what_cannot_be_a_page_is_refused(tmp_path):
    record = record_of("circle")
    with pytest.raises(DomainError, match=r"ends in \.html or \.htm"):
        write([record], tmp_path / "page.pdf")
    with pytest.raises(DomainError, match="at most 6"):
        write([record] * 7, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_long_runs_stay_below_ten_megabytes():
    assert document.PICTURE_BYTES * 4 / 3 + 5e6 < 9.5e6


def test_without_plotly_one_line_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    record = record_of("circle").path
    result = called("report", record, "--output", tmp_path / "page.html")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'error: report: plotly is not installed; install it with pip install "kinetic-transformers[report]"'
    ]
