"""A case: the text of a file, what it says, and what the command line changed.

Responsible for the way from a path or a text to one frozen object or one error. Which keys exist is
``file``'s business, what they mean numerically is nobody's here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from kinetic.case.depth import Table, resolved, tables_in
from kinetic.case.file import CaseFile
from kinetic.case.initial import AnyInitial
from kinetic.case.label import Label
from kinetic.case.problems import case_error, tables_of, translate
from kinetic.case.sections import (
    Attention,
    ClaimRequest,
    CommonNoise,
    LayerNorm,
    Noise,
    Output,
    Perceptron,
    Space,
    Time,
)
from kinetic.case.show import printable, show
from kinetic.case.text import BYTE_ORDER_MARK, apply_overrides, parse_toml, read_text
from kinetic.case.writing import document
from kinetic.errors import CaseError
from kinetic.files import path_of

ROWS = 200
"""Rows of observables in a run whose case does not say how many."""

SNAPSHOTS = 20
"""Snapshots of the density in a run whose case does not say how many."""


@dataclass(frozen=True)
class Case:
    """Contents of a case file, checked and completed.

    Parameters
    ----------
    model : CaseFile
        The validated tables; each is also an attribute of the case.
    text : str
        The exact TOML text.
    overrides : tuple of str
        The assignments ``key.path=value`` made on top of it, in order.
    name : str
        Stem of the file, which names the record.
    folder : pathlib.Path
        Where relative paths in the case start; not part of a case's identity.
    moment : tuple of float
        The time at which weights that change with depth are read, and the last of their knots that counts: see `at`.
    """

    model: CaseFile
    text: str
    overrides: tuple[str, ...] = ()
    name: str = "case"
    folder: Path = field(default=Path(), compare=False)
    moment: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def read(cls, path: str | Path, overrides: Sequence[str] = ()) -> "Case":
        """Read and check a case file.

        Parameters
        ----------
        path : str or pathlib.Path
            A TOML file of at most a million bytes of UTF-8.
        overrides : sequence of str
            Assignments ``key.path=value`` applied before the check.

        Returns
        -------
        Case
            With the file's stem as name and its directory as folder.

        Raises
        ------
        CaseError
            One error that names everything that is wrong: path of the key, value received, what is allowed.
        """
        file = path_of(path, "case", CaseError)
        text = read_text(file)
        model = _check(text, overrides, printable(str(file)))
        return cls(model, text, tuple(overrides), file.stem, file.absolute().parent)

    @classmethod
    def parse(cls, text: str, overrides: Sequence[str] = (), name: str = "case", folder: str | Path = "") -> "Case":
        """Check the text of a case.

        Parameters
        ----------
        text : str
            TOML; a byte order mark in front is left out, as on reading.
        overrides : sequence of str
            Assignments ``key.path=value`` applied before the check.
        name : str
            What to call it, in messages and for the record.
        folder : str or pathlib.Path
            Where relative paths start; default: the working directory.

        Returns
        -------
        Case
            The same as reading a file of this text.

        Raises
        ------
        CaseError
            As in ``read``.
        """
        if not isinstance(text, str) or not isinstance(name, str):
            raise CaseError(f"case: received {show(text)} with the name {show(name)}; both must be texts")
        where = path_of(folder, "folder of the case", CaseError)
        text = text.removeprefix(BYTE_ORDER_MARK)
        return cls(_check(text, overrides, printable(name)), text, tuple(overrides), name, where)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], overrides: Sequence[str] = (), name: str = "case", folder: str | Path = ""
    ) -> "Case":
        """Check a case that is given as plain data; its text is written from them.

        Parameters
        ----------
        data : mapping
            The tables of a case file, such as ``{"title": "...", "space": {"kind": "circle", "degree": 64}, ...}``;
            lists may be arrays, paths ``pathlib.Path``.
        overrides, name, folder
            As in ``parse``.

        Raises
        ------
        CaseError
            As in ``read``; also for a value that a TOML file cannot hold.
        """
        try:
            text = document(data)
        except (TypeError, ValueError, RecursionError, AttributeError) as error:
            reason = show(str(error))
            raise CaseError(
                f"{printable(name)}: received data that no case file can hold ({reason}); must be texts, numbers, "
                "truth values, lists, arrays and tables with texts as keys"
            ) from None
        return cls.parse(text, overrides, name, folder)

    @property
    def title(self) -> str:
        """Title of the run, in one line."""
        return self.model.title

    @property
    def source(self) -> str | None:
        """Why the case exists."""
        return self.model.source

    @property
    def space(self) -> Space:
        """Where the density lives and how finely it is represented."""
        return self.model.space

    @cached_property
    def attention(self) -> Attention:
        """How tokens attend to each other, at the case's moment: time 0 unless it is another's; see `at`."""
        return resolved(self.model.attention, *self.moment)

    @cached_property
    def perceptron(self) -> Perceptron | None:
        """Perceptron of a block at the case's moment, or None."""
        given = self.model.perceptron
        return None if given is None else resolved(given, *self.moment)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The weights that change with depth, by the paths of their keys."""
        found = {f"attention.{path}": table for path, table in tables_in(self.model.attention)}
        return found | {f"perceptron.{path}": table for path, table in tables_in(self.model.perceptron)}

    @cached_property
    def knots(self) -> tuple[float, ...]:
        """The times within the run at which a weight's law changes: those of its table."""
        times = {time for table in self.tables.values() for time in table.times}
        return tuple(sorted(time for time in times if 0 < time < self.time.end))

    def at(self, time: float, since: float | None = None) -> "Case":
        """Return the case with the weights of a time, constant from there on.

        Parameters
        ----------
        since : float, optional
            Where the piece of the tables begins that is meant, a knot: with ``between = "hold"`` the value jumps at
            the next one, which as the end of this piece still has the value before. Default: `time` itself.
        """
        return replace(self, moment=(time, time if since is None else since)) if self.tables else self

    @cached_property
    def stages(self) -> tuple["Case", ...]:
        """The case at time 0 and at every knot: with the weights that all others lie between."""
        return tuple(self.at(time) for time in (0.0, *self.knots, *([self.time.end] if self.tables else [])))

    @property
    def layer_norm(self) -> LayerNorm:
        """Normalization of a token's norm."""
        return self.model.layer_norm

    @property
    def noise(self) -> Noise:
        """Independent Brownian noise of every token."""
        return self.model.noise

    @property
    def common_noise(self) -> CommonNoise | None:
        """The random environment that all tokens feel, or None."""
        return self.model.common_noise

    @property
    def label(self) -> Label | None:
        """Labels of tokens, or None."""
        return self.model.label

    @property
    def initial(self) -> AnyInitial:
        """The density at time 0."""
        return self.model.initial

    @property
    def time(self) -> Time:
        """How far and how accurately to march."""
        return self.model.time

    @property
    def output(self) -> Output:
        """How often to write, as the file says; see ``observe_every`` and ``save_every``."""
        return self.model.output

    @property
    def claims(self) -> tuple[ClaimRequest, ...] | None:
        """Claims to be examined; ``None``: every claim that applies."""
        return self.model.claims

    @property
    def observe_every(self) -> float:
        """Time, or decades of it, between rows of observables: as given, otherwise a 200th of all there is."""
        given = self.output.observe_every
        return self.output.span(self.time.end) / ROWS if given is None else given

    @property
    def save_every(self) -> float:
        """Time, or decades of it, between snapshots: as given, otherwise a 20th of all there is."""
        given = self.output.save_every
        return self.output.span(self.time.end) / SNAPSHOTS if given is None else given

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def beginning_with(self, initial: AnyInitial) -> "Case":
        """Return the case without labels that begins with a density, such as that of one slice of positions."""
        return replace(self, model=self.model.model_copy(update={"initial": initial, "label": None}))

    def resolve(self, path: str | Path) -> Path:
        """Return a path that the case names, relative ones starting at the folder of the case file."""
        return self.folder / Path(path).expanduser()


def _check(text: str, overrides: Sequence[str], name: str) -> CaseFile:
    """Parse, override and validate."""
    data = apply_overrides(parse_toml(text, name), overrides, name)
    try:
        return CaseFile.model_validate(_with_required_tables(data))
    except ValidationError as error:
        problems = translate(error.errors(include_url=False), _tables())
    raise case_error(name, problems)


def _with_required_tables(data: dict[str, Any]) -> dict[str, Any]:
    """Add required tables that are missing as empty ones, so that their missing keys are named."""
    label = data.get("label")
    sliced = isinstance(label, dict) and "slices" in label
    tables = ("space", "attention", "time") if sliced else ("space", "attention", "initial", "time")
    required: dict[str, Any] = {key: {} for key in tables}
    return required | data


@cache
def _tables() -> dict[tuple[str, ...], type[BaseModel]]:
    """All tables of a case by path."""
    return tables_of(CaseFile)
