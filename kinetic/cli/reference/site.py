"""The guide as a static site: the same pages, linked to each other, built by MkDocs.

Responsible for what a page needs in a browser: links in place of names, raised exponents, the pictures. Every file that
the site shows is in its folder.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from kinetic.claims import CLAIMS
from kinetic.claims.ensembles import LAWS
from kinetic.cli.reference import TOPICS, heading, page, tutorial
from kinetic.errors import CaseError
from kinetic.guide import IN_THE_REPOSITORY, pictures

_GROUPS = {
    "Start": ("first_case", "charts", "gallery", "tutorial"),
    "Reference": ("theory", "keys", "api", "numerics", "files", "python", "extending"),
}
"""Topics by the menu that lists them; the others are the guide's."""

_TEMPLATE = """\
{% extends "base.html" %}
{% block scripts %}<script src="{{ 'js/bootstrap.bundle.min.js'|url }}"></script>
<script src="{{ 'kinetic.js'|url }}"></script>{% endblock %}
{% block footer %}{% endblock %}
"""
"""Without the theme's own scripts, which look for the search that is not there."""

_STYLE = """\
html { scroll-padding-top: 5em; } .bs-sidebar.affix { top: 5em; }
table { font-size: 0.9em; } td, th { padding: 0.2em 0.6em; vertical-align: top; }
td:first-child code { white-space: nowrap; } img { max-width: 100%; height: auto; }
sup, sub { font-size: 0.75em; } .col-md-9 { overflow-x: auto; }
"""
_SCRIPT = """\
const dark = matchMedia("(prefers-color-scheme: dark)");
const choose = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
choose(); dark.addEventListener("change", choose);
"""
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`|(?:^ {8,}\S[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
_RAISED = re.compile(r"\^\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|\^\(([^()]*)\)|\^([0-9A-Za-z])(?![\w(])")
_LOWERED = re.compile(r"(?<![\w`])([A-Za-zΑ-Ωα-ω])_(?:\{([^{}]*)\}|([A-Za-z0-9∗*]{1,3}|max|sep))(?!\w)")


def build(folder: Path) -> int:
    """Build the site into a folder that is empty or not there, and return the number of its pages.

    Raises
    ------
    CaseError
        If MkDocs is not installed, or if the folder has files: what it holds would be lost.
    """
    try:
        from mkdocs.commands.build import build as build_site
        from mkdocs.config import load_config
    except ImportError:
        remedy = 'install it with pip install "kinetic-transformers[site]"'
        raise CaseError(f"guide --site: MkDocs is not installed; {remedy}") from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CaseError(f"{folder}: exists and is not empty; remove it, or name another folder")
    with tempfile.TemporaryDirectory() as name:
        sources, overrides = Path(name) / "docs", Path(name) / "theme"
        sources.mkdir()
        overrides.mkdir()
        (overrides / "main.html").write_text(_TEMPLATE, encoding="utf-8")
        for file, content in _files().items():
            (sources / file).write_bytes(content)
        (Path(name) / "mkdocs.yml").write_text("site_name: kinetic\n", encoding="utf-8")
        given = _settings(overrides) | {"docs_dir": str(sources), "site_dir": str(folder.absolute())}
        build_site(load_config(str(Path(name) / "mkdocs.yml"), strict=True, **given))
    return len(TOPICS) + 1


def _settings(overrides: Path) -> dict[str, Any]:
    """Return the configuration: menus, no file from elsewhere, a warning for every link that leads nowhere.

    Parameters
    ----------
    overrides : Path
        Folder of the templates that take the place of the theme's.
    """
    listed = {topic for topics in _GROUPS.values() for topic in topics}
    menus = {
        "Start": _GROUPS["Start"],
        "Guide": tuple(topic for topic in TOPICS if topic not in listed),
        "Reference": _GROUPS["Reference"],
    }
    nav = [{"kinetic": "index.md"}] + [
        {menu: [{heading(topic): f"{topic}.md"} for topic in topics if topic in TOPICS]}
        for menu, topics in menus.items()
    ]
    return {
        "nav": nav,
        "use_directory_urls": False,
        "theme": {"name": "mkdocs", "highlightjs": False, "custom_dir": str(overrides)},
        "plugins": [],  # the search needs a server: these pages open as files
        "extra_css": ["kinetic.css"],
        "validation": {"anchors": "warn", "not_found": "warn", "omitted_files": "warn", "unrecognized_links": "warn"},
    }


def _files() -> dict[str, bytes]:
    """Return every file that the site is made of, by name."""
    pages = {"index": _index()} | {topic: page(topic) for topic in TOPICS}
    found = {f"{name}.md": for_browser(text, name).encode() for name, text in pages.items()}
    found |= {"kinetic.css": _STYLE.encode(), "kinetic.js": _SCRIPT.encode()}
    found |= tutorial.figures()
    return found | {path.name: path.read_bytes() for path in pictures()}


def _index() -> str:
    """Return the first page: what the program is, and where to begin."""
    lines = [f"- [{heading(topic)}]({topic}.md)" for topic in TOPICS]
    return "\n".join(["# kinetic", "", _WHAT, *lines, ""])


_WHAT = """\
The mean-field density of transformer tokens on the sphere, solved for itself and held against theory. The same pages
stand in the terminal: `kinetic guide TOPIC`.
"""


def for_browser(text: str, topic: str) -> str:
    """Return a page with exponents raised and with links to the topics and claims that it names.

    Parameters
    ----------
    text : str
        Markdown.
    topic : str
        Whose page it is: it is not linked to itself.
    """
    pieces = _CODE.split(text.replace(IN_THE_REPOSITORY, ""))
    before = ["", *pieces]
    return "".join(_linked(piece, before[i], topic) if i % 2 else _set(piece) for i, piece in enumerate(pieces))


def _set(text: str) -> str:
    """Return text with exponents and indices as a browser sets them."""
    raised = _RAISED.sub(lambda found: f"<sup>{found[1] or found[2] or found[3]}</sup>", text)
    return _LOWERED.sub(lambda found: f"{found[1]}<sub>{found[2] or found[3]}</sub>", raised)


def _linked(code: str, before: str, topic: str) -> str:
    """Return a name in code with its link, or the code as it is."""
    name = code.strip("`")
    called = name.removeprefix("kinetic guide ") if before.endswith("topic ") or "kinetic guide " in name else ""
    if called in TOPICS:
        return code if called == topic else f"[{code}]({called}.md)"
    claim = topic != "theory" and (name in CLAIMS or name in LAWS)
    return f"[{code}](theory.md#{name})" if claim else code
