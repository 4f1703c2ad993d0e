"""What the page says in words: head, claims with their explanations, the case, how to make the record again.

Responsible for HTML that holds texts of cases and records as texts. Whatever they contain is escaped here and nowhere
else.
"""

import base64
import html
import shlex
from collections.abc import Sequence

from kinetic.case.show import printable
from kinetic.glossary import entries
from kinetic.plot.captions import equation
from kinetic.plot.scene import Scene
from kinetic.plot.verdicts import rows_of
from kinetic.record import ClaimRow, Record
from kinetic.report import number, prediction

_MARKS = {"pass": "✓ pass", "fail": "✗ fail", "not applicable": "– not applicable"}
_CLASSES = {"pass": "pass", "fail": "fail", "not applicable": "none"}


def text(content: object) -> str:
    """Return a text in one line as HTML shows it to the letter; what cannot be printed is written as an escape."""
    return html.escape(printable(" ".join(str(content).split())), quote=True)


def block(content: str) -> str:
    """Return a text of several lines as HTML shows it to the letter."""
    return "\n".join(html.escape(printable(line.replace("\t", "    ")), quote=True) for line in content.split("\n"))


def title_of(scenes: Sequence[Scene]) -> str:
    """Return the title that the records share, or their number."""
    titles = {scene.evidence.case.title for scene in scenes}
    return titles.pop() if len(titles) == 1 else f"{len(scenes)} records beside each other"


def head(scenes: Sequence[Scene], labels: Sequence[str]) -> str:
    """Return the subject of each record."""
    return "\n".join(_about(i, scene, label, several=len(scenes) > 1) for i, (scene, label) in _each(scenes, labels))


def _each(scenes: Sequence[Scene], labels: Sequence[str]) -> "enumerate[tuple[Scene, str]]":
    return enumerate(zip(scenes, labels, strict=True))


def _about(i: int, scene: Scene, label: str, *, several: bool) -> str:
    case, record = scene.evidence.case, scene.record
    lines = []
    if several:
        lines.append(f'<h2><span class="key key{i}" aria-hidden="true"></span>{text(label)}: {text(case.title)}</h2>')
    lines.append(f"<p>{text(equation(case))}.</p>")
    if case.source:
        lines.append(f'<p class="quiet">Source: {text(case.source)}</p>')
    if record.status != "finished":
        lines.append(f'<p class="warning"><strong>{text(record.status)}</strong>: {text(record.message)}</p>')
    return "\n".join(lines)


def claims(scenes: Sequence[Scene], labels: Sequence[str]) -> str:
    """Return the tables of claims; each claim unfolds into its explanation."""
    parts = []
    known = {entry.name: entry.facts for entry in entries().values() if entry.kind == "claim"}
    for _, (scene, label) in _each(scenes, labels):
        rows = rows_of(scene)
        caption = f"<h3>{text(label)}</h3>" if len(scenes) > 1 else ""
        listed = (
            "\n".join(_claim(row, known.get(row.name, ())) for row in rows)
            or "<p>No claim of theory is about this run.</p>"
        )
        parts.append(f'{caption}<div class="claims">{_HEAD if rows else ""}{listed}</div>')
    return "\n".join(parts)


_HEAD = (
    '<div class="row head" aria-hidden="true"><span>claim</span><span>predicted</span><span>measured</span>'
    "<span>tolerance</span><span>verdict</span></div>"
)


def _claim(row: ClaimRow, known: tuple[tuple[str, str], ...]) -> str:
    """Return one claim: a line, and below it what the glossary says of it."""
    facts = [("reason", row.reason), *known, *(() if known else (("status", row.status), ("source", row.source)))]
    told = "".join(
        f"<dt>{text(label)}</dt><dd>{'<pre>' + block(words) + '</pre>' if chr(10) in words else text(words)}</dd>"
        for label, words in facts
        if words
    )
    cells = (
        f'<span class="name">{text(row.name)}</span>'
        f'<span data-label="predicted">{text(prediction(row))}</span>'
        f'<span data-label="measured">{text(number(row.measured))}</span>'
        f'<span data-label="tolerance">{text(f"{row.tolerance:g}")}</span>'
        f'<span class="{_CLASSES[row.verdict]}">{_MARKS[row.verdict]}</span>'
    )
    return f'<details><summary class="row">{cells}</summary><dl>{told}</dl></details>'


def sources(scenes: Sequence[Scene], labels: Sequence[str]) -> str:
    """Return the cases, the commands that make the records again, and the versions."""
    parts = []
    for _, (scene, label) in _each(scenes, labels):
        record = scene.record
        caption = f"<h3>{text(label)}</h3>" if len(scenes) > 1 else ""
        parts.append(f"{caption}{_again(record)}{_case(record)}{_versions(record)}")
    return "\n".join(parts)


def command(record: Record) -> str:
    """Return the shell command that makes a record again from its case."""
    words = ["kinetic", "run", f"{record.case_name}.toml"]
    for setting in record.overrides:
        words += ["--set", setting]
    return shlex.join(words)


def _again(record: Record) -> str:
    """Return how to make a record again."""
    name = f"{record.case_name}.toml"
    version = record.kinetic_version
    pinned = "" if version == "unknown" else f"=={version}"
    install = "" if version == "unknown" else f"pip install {shlex.quote('kinetic-transformers' + pinned)}\n"
    data = base64.b64encode(record.case_text.encode("utf-8")).decode("ascii")
    link = f'<a download="{text(name)}" href="data:application/toml;base64,{data}">{text(name)}</a>'
    needs = "" if "path" not in record.case_text else " Files that the case names have to be beside it."
    return f"<p>Save the case as {link}, then:{needs}</p><pre class='command'>{block(install + command(record))}</pre>"


def _case(record: Record) -> str:
    overrides = f"<p>Changed by: {text(', '.join(record.overrides))}</p>" if record.overrides else ""
    return f"<details><summary>The case</summary>{overrides}<pre>{block(record.case_text)}</pre></details>"


def _versions(record: Record) -> str:
    told = {"kinetic": record.kinetic_version, **record.libraries}
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(version)}</dd>" for name, version in told.items())
    made = f"begun {record.created}, {number(record.wall_seconds)} s of computing, status {record.status}"
    file = f"record {record.path.name}"
    about = f"<p>{text(file)}, {text(made)}</p>"
    return f"<details><summary>Versions</summary>{about}<dl>{rows}</dl></details>"
