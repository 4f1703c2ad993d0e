"""Docstrings as Markdown: angle brackets that no reader takes for HTML, numpydoc sections as bold words and lists."""

import re
import textwrap

_BRACKETS = re.compile(r"<([^<>\s][^<>]{0,60}?,\s?[^<>]{0,60}?)>")
_SECTION = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
_ITEM = re.compile(r"^(?P<name>[*\w][\w, *.]*) : (?P<type>.+)$")
_STAR = re.compile(r"(?<!\*)\*(?!\*)")
_CODE = re.compile(r"(`+[^`]+`+)")


def prose(text: str) -> str:
    """Return a text in which <x, y> is ⟨x, y⟩ and, code apart, nothing else reads as HTML or as emphasis."""
    pieces = _CODE.split(text)
    pieces[::2] = [_STAR.sub("∗", _without_tags(piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _without_tags(text: str) -> str:
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", _BRACKETS.sub(r"⟨\1⟩", text))


def cell(text: str) -> str:
    """Return a text for a cell of a table: one line, its bars escaped."""
    return prose(" ".join(text.split())).replace("|", r"\|")


def docstring(text: str) -> str:
    """Return a numpydoc docstring as Markdown; its sections are bold words, their entries lists.

    Parameters
    ----------
    text : str
        As `inspect.getdoc` returns it.
    """
    pieces = _SECTION.split(text.strip())
    found = [prose(pieces[0].strip())]
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        found.append(f"**{name}**")
        found.append(_entries(body.strip("\n")))
    return "\n\n".join(part for part in found if part)


def _entries(body: str) -> str:
    """Return the entries of a section, and what stands below them, as a list."""
    entries: list[str] = []
    after: list[str] = []
    for block in re.split(r"\n(?=\S)", body):
        first, _, rest = block.partition("\n")
        if not first.strip():
            continue
        if first.startswith("**") or after:
            after.append(prose(block))
            continue
        item = _ITEM.match(first)
        head = (
            f"`{item['name']}` : {prose(item['type'])}" if item else f"`{first}`" if _is_name(first) else prose(first)
        )
        meaning = prose(textwrap.dedent(rest).strip())
        entries.append(f"- {head}" + (f"  \n{textwrap.indent(meaning, '    ')}" if meaning else ""))
    return "\n".join(entries) + ("\n\n" + "\n".join(after) if after else "")


def _is_name(line: str) -> bool:
    return bool(re.fullmatch(r"[\w., ]+", line)) and len(line) < 60
