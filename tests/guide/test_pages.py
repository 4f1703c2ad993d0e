"""The guide: every page is there, its cases and sweeps are valid, and the commands that it shows exist."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from claims.records import case, linear, made
from command_line import called

import kinetic
from kinetic.case import Case, schema
from kinetic.claims.evidence import Evidence
from kinetic.cli.reference import TOPICS as ALL
from kinetic.cli.reference import heading, page
from kinetic.errors import CaseError
from kinetic.guide import TOPICS
from kinetic.library import bundled, bundled_sweeps
from kinetic.sweep.json_schema import schema as sweep_schema
from kinetic.sweep.sweep import Sweep

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(topic, language):
    """The fenced blocks of a page in one language."""
    return [text for found, text in FENCE.findall(page(topic)) if found == language]


def commands():
    """(topic, words) of every command line of the guide, continued lines joined."""
    for topic in TOPICS:
        for text in blocks(topic, ""):
            for line in text.replace("\\\n", " ").splitlines():
                if line.startswith("kinetic "):
                    yield topic, line.split("#")[0].split()


def test_every_page_of_the_folder_is_a_topic():
    assert {path.name for path in files("kinetic.guide").iterdir() if path.name.endswith(".md")} == {
        f"{topic}.md" for topic in TOPICS
    }


@pytest.mark.parametrize("topic", ALL)
def test_a_page_has_one_title_and_closed_fences(topic):
    assert heading(topic)
    assert page(topic).startswith("# ")
    outside = FENCE.sub("", page(topic))
    assert "```" not in outside
    assert len(re.findall(r"^# ", outside, re.MULTILINE)) == 1
    assert not re.search(r"<[A-Za-z/]", re.sub(r"`[^`]*`", "", outside))  # it would be taken for HTML


def test_a_misspelt_topic_names_the_nearest():
    with pytest.raises(CaseError, match="did you mean charts"):
        page("chart")


def test_the_script_with_an_observable_of_ones_own_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (text,) = (block for block in blocks("python", "python") if "observables=" in block)
    known = {}
    exec(compile(text, "guide", "exec"), known)
    assert known["record"].observables["third_moment"].shape == known["record"].observables["time"].shape


def test_the_claim_that_is_written_out_judges_records():
    (text,) = blocks("extending", "python")
    known = {}
    exec(compile(text, "guide", "exec"), known)
    uniform = case("circle", 2, "softmax", 1.0, 'kind = "uniform"')
    rows = {"time": [0.0, 1.0], "order_parameter": [0.0, 1e-16]}
    assert known["CLAIM"].judge(Evidence(made(uniform, rows))).verdict == "pass"
    control = made(uniform, rows | {"order_parameter": [5e-4, 1e-3]})
    assert known["CLAIM"].judge(Evidence(control)).verdict == "fail"
    other = made(case("circle", 2, "softmax", 1.0, linear("circle")), rows)
    assert known["CLAIM"].judge(Evidence(other)).verdict == "not applicable"


def test_files_of_the_source_that_are_named_exist():
    root = Path(kinetic.__file__).parent.parent
    named = set(re.findall(r"`((?:kinetic|tests|cases|\.github)(?:/[\w.]+)*)[`:]", page("extending")))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (root / name).exists()] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_whole_cases_and_sweeps_are_valid(topic, tmp_path):
    for text in blocks(topic, "toml"):
        keys = tomllib.loads(text)
        path = Path(tmp_path) / "given.toml"
        path.write_text(text, encoding="utf-8")
        if "axes" in keys:
            Sweep.read(path)
            assert jsonschema.Draft202012Validator(sweep_schema()).is_valid(keys)
        elif "title" in keys:
            Case.read(path)
            assert jsonschema.Draft202012Validator(schema()).is_valid(keys)


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic != "first_case"])
def test_parts_of_cases_are_sections_that_exist(topic):
    sections = set(schema()["properties"]) | {"case", "axes", "quantities", "theory", "ensemble"}
    for text in blocks(topic, "toml"):
        assert set(tomllib.loads(text)) <= sections


def test_editors_are_told_of_the_schemas_that_the_commands_write():
    text = page("files")
    written = set(re.findall(r"^kinetic schema.* > (\S+\.json)", text, re.MULTILINE))
    assert written == {"kinetic.schema.json", "sweep.schema.json"}
    assert set(re.findall(r'(?:#:schema |path = ")\./(\S+\.json)', text)) <= written


def test_the_commands_exist():
    listed = called("--help").stdout
    shown = list(commands())
    assert len(shown) > 10
    for topic, words in shown:
        assert re.search(rf"^  {re.escape(words[1])}\b", listed, re.MULTILINE), (topic, words)


def test_named_cases_and_sweeps_are_bundled():
    for topic, words in commands():
        name = words[2] if len(words) > 2 else ""
        if words[1] in {"run", "stationary", "validate"} and "." not in name and name.isidentifier():
            assert name in bundled(), (topic, words)
        if words[1] == "sweep" and name.isidentifier():
            assert name in bundled_sweeps(), (topic, words)


def test_guide_lists_and_shows_its_topics():
    listed = called("guide").stdout
    assert all(topic in listed for topic in ALL)
    assert called("guide", "charts").stdout == page("charts")
    wrong = called("guide", "nothing")
    assert wrong.exit_code == 2
    assert "kinetic guide" in wrong.stderr
