"""The site builds without a warning, from the pages of the guide alone, and fetches nothing."""

import re
import sys

import pytest
from command_line import called

from kinetic.cli.reference import TOPICS
from kinetic.cli.reference.site import for_browser


def test_the_site_builds_strictly_and_fetches_nothing(tmp_path):
    pytest.importorskip("mkdocs")
    result = called("guide", "--site", tmp_path / "site")
    assert result.exit_code == 0, result.output
    assert "WARNING" not in result.output
    assert {path.stem for path in (tmp_path / "site").glob("*.html")} == {*TOPICS, "index", "404"}
    for path in (tmp_path / "site" / f"{name}.html" for name in (*TOPICS, "index")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(?:script|img|link)[^>]*(?:src|href)=\"(?:https?:)?//", text), path
        for source in re.findall(r"<(?:script|img)[^>]*src=\"([^\"]*)\"", text):
            assert (path.parent / source.partition("?")[0]).resolve().is_file(), (path, source)
    theory = (tmp_path / "site" / "theory.html").read_text(encoding="utf-8")
    assert 'id="dirac_rate"' in theory
    assert "e<sup>−κt</sup>" in theory
    assert called("guide", "--site", tmp_path / "site").exit_code == 2  # what is there is kept


def test_names_become_links_and_formulas_are_set_outside_code():
    given = (
        "M_l ~ e^{−κt} in `e^{x}` (topic `noise`), `kinetic guide files` and `dirac_rate`, `noise`\n\n```\nx_i\n```\n"
    )
    expected = (
        "M<sub>l</sub> ~ e<sup>−κt</sup> in `e^{x}` (topic [`noise`](noise.md)), "
        "[`kinetic guide files`](files.md) and [`dirac_rate`](theory.md#dirac_rate), `noise`\n\n```\nx_i\n```\n"
    )
    assert for_browser(given, "charts") == expected


def test_without_mkdocs_one_line_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mkdocs.config", None)
    result = called("guide", "--site", tmp_path / "site")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'error: guide --site: MkDocs is not installed; install it with pip install "kinetic-transformers[site]"'
    ]
