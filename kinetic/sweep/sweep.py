"""A sweep: the text of its file, its template, and the points that it asks for.

Responsible for the way from a path to one frozen object or one error, with every point's case read and checked.
"""

import hashlib
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kinetic.case import Case, FromRecord, Tokens
from kinetic.case.problems import case_error, tables_of, translate
from kinetic.case.show import printable, show
from kinetic.case.text import apply_overrides, parse_toml, read_text
from kinetic.case.writing import document, value_text
from kinetic.errors import CaseError
from kinetic.library import bundled
from kinetic.sweep.file import Axis, Quantity, SweepFile

_UNSAFE = re.compile(r"[^A-Za-z0-9=.,+-]+")
_LONGEST_NAME = 80
NOT_IDENTITY = {"title", "source", "claims"}
"""Parts of a case on which the numbers of its run do not depend."""


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    Parameters
    ----------
    index : int
        Its number, the last axis running fastest.
    values : tuple
        The value of each axis, in their order.
    case : Case
        The template with these values; its name tells them, and is the same in any sweep that holds this run.
    """

    index: int
    values: tuple[Any, ...]
    case: Case

    @property
    def label(self) -> str:
        """The assignments, for a person."""
        return printable(", ".join(self.case.overrides))


@dataclass(frozen=True)
class Sweep:
    """Contents of a sweep file, checked and completed.

    Parameters
    ----------
    model : SweepFile
        The validated tables.
    text : str
        The exact TOML text.
    template : Case
        The template's name, text and folder; it need not be a valid case before the axes have given it their values.
    name : str
        Stem of the file, which names the table.
    """

    model: SweepFile
    text: str
    template: "Template"
    name: str

    @classmethod
    def read(cls, path: str | Path, overrides: Sequence[str] = ()) -> "Sweep":
        """Read and check a sweep file, and the case of every point.

        Parameters
        ----------
        path : path
        overrides : sequence of str
            Each ``key.path=value``, as for a case; the template's keys stand under ``case``, and ``axes.0.count=4``
            thins the first axis.

        Raises
        ------
        CaseError
            One error that names everything that is wrong with the file, or with the first point that is no case.
        """
        file = Path(path)
        name, folder, shown = printable(file.stem), file.absolute().parent, printable(str(file))
        text = read_text(file)
        if overrides:  # the text that the table keeps is that of the sweep that was run
            text = document(apply_overrides(parse_toml(text, shown), overrides, shown))
        return cls.parse(text, name, folder, shown)

    @classmethod
    def parse(cls, text: str, name: str = "sweep", folder: str | Path = "", shown: str | None = None) -> "Sweep":
        """Check the text of a sweep.

        Parameters
        ----------
        text : str
            TOML.
        name : str
            What to call it.
        folder : path
            Where relative paths start; default: the working directory.
        shown : str, optional
            What messages call it.

        Raises
        ------
        CaseError
            As in `read`.
        """
        called = shown or name
        model = _model(text, called)
        sweep = cls(model, text, _template(model, name, Path(folder), called), name)
        try:
            _require_distinct(sweep.points)
        except CaseError as error:
            raise CaseError(f"{called}: {error}") from None
        return sweep

    @classmethod
    def restored(cls, text: str, template: str, name: str) -> "Sweep":
        """Return a sweep from the texts that its table holds; the cases of its points are not read.

        Parameters
        ----------
        text, template : str
            TOML of the sweep and of its template.
        name : str
            What to call it.

        Raises
        ------
        CaseError
            If the text is no sweep.
        """
        return cls(_model(text, name), text, Template(template, name, Path()), name)

    @property
    def title(self) -> str:
        """Title of the sweep, in one line."""
        return self.model.title

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The keys that vary."""
        return self.model.axes

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities taken from every run."""
        return self.model.quantities

    @property
    def size(self) -> int:
        """How many points there are."""
        return math.prod(len(axis.all_values) for axis in self.axes if axis.zip_with is None)

    def point(self, index: int) -> Point:
        """Return one point.

        Raises
        ------
        CaseError
            If its case is none.
        """
        return self._point(index, next(itertools.islice(self.combinations(), index, None)))

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every run, the last axis running fastest.

        Cost
        ----
        About a millisecond a point: each case is read.
        """
        return tuple(self._point(i, values) for i, values in enumerate(self.combinations()))

    def combinations(self) -> Iterator[tuple[Any, ...]]:
        """Yield the values of all axes."""
        leaders = [axis for axis in self.axes if axis.zip_with is None]
        for chosen in itertools.product(*(range(len(axis.all_values)) for axis in leaders)):
            at = {axis.key: i for axis, i in zip(leaders, chosen, strict=True)}
            yield tuple(axis.all_values[at[axis.zip_with or axis.key]] for axis in self.axes)

    def _point(self, index: int, values: tuple[Any, ...]) -> Point:
        """Read the case of one point."""
        overrides = [f"{axis.key}={value_text(value)}" for axis, value in zip(self.axes, values, strict=True)]
        template = self.template
        case = Case.parse(template.text, overrides, f"{template.name}, {', '.join(overrides)}", template.folder)
        identity = case.model.model_dump_json(exclude=NOT_IDENTITY)
        if isinstance(case.initial, FromRecord | Tokens):
            identity += str(case.resolve(case.initial.path))
        digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
        words = ",".join(f"{axis.key.split('.')[-1]}={_word(v)}" for axis, v in zip(self.axes, values, strict=True))
        name = f"{_UNSAFE.sub('_', words)[:_LONGEST_NAME]}-{digest}"
        return Point(index, values, Case(case.model, case.text, case.overrides, name, case.folder))


@dataclass(frozen=True)
class Template:
    """The text that every point's case is made from.

    Parameters
    ----------
    text : str
        TOML of a case.
    name : str
        What messages call it.
    folder : pathlib.Path
        Where relative paths in it start.
    """

    text: str
    name: str
    folder: Path


def _model(text: str, called: str) -> SweepFile:
    """Read and check the text of a sweep file."""
    data = parse_toml(text, called)
    try:
        return SweepFile.model_validate(data)
    except ValidationError as error:
        raise case_error(called, translate(error.errors(include_url=False), tables_of(SweepFile))) from None


def _word(value: Any) -> str:
    """Write a value as part of a file name."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _template(model: SweepFile, name: str, folder: Path, shown: str) -> Template:
    """Find the template: the table in the file, a file beside it, or a bundled case."""
    given = model.case
    if isinstance(given, dict):
        return Template(document(given), f"{name}.case", folder)
    path = folder / Path(given).expanduser()
    if not path.is_file():
        library = bundled()
        if given not in library:
            raise CaseError(
                f"{shown}: case: received {show(given)}; there is neither such a file nor a bundled case of that name; "
                "kinetic cases lists them"
            )
        path = library[given]
    return Template(read_text(path), printable(path.stem), path.absolute().parent)


def _require_distinct(points: tuple[Point, ...]) -> None:
    """Refuse two points that are the same run, whose records would stand in each other's place."""
    seen: dict[str, Point] = {}
    for point in points:
        other = seen.setdefault(point.case.name.rpartition("-")[2], point)
        if other is not point:
            raise CaseError(f"axes: {other.label} is asked for twice; give each value once")
