"""A record that shows, draws and converts itself."""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from kinetic import record
from kinetic.case.show import printable
from kinetic.errors import DomainError
from kinetic.variable import Variable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 110  # of a figure in a notebook
_SHOWN = 6  # observables in the table of a record


@dataclass(frozen=True)
class Picture:
    """A figure that a notebook shows and that can be saved.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        To be changed further, if wanted.
    """

    figure: "Figure"

    def save(self, path: str | Path) -> None:
        """Write it as PNG, SVG or PDF, by the ending of the path."""
        from kinetic.plot import save

        save(self.figure, Path(path))

    def _repr_png_(self) -> bytes:
        """Return the picture for a notebook."""
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=_DPI)
        return stream.getvalue()


@dataclass(frozen=True)
class Record(record.Record):
    """Record of a run in memory, as `kinetic.run` and `kinetic.load` return it.

    A notebook shows it as a table. Everything else is as in `kinetic.record.Record`: `observables`, `clusters` and
    `claims`, `density(i)`, `units(name)`, `description(name)`, `status`, `message`.
    """

    @classmethod
    def of(cls, found: record.Record) -> Self:
        """Return a record with these conveniences.

        Raises
        ------
        DomainError
            If it is no record.
        """
        if not isinstance(found, record.Record):
            raise DomainError(f"record: received {ascii(found)[:60]}; must be a record, as kinetic.load returns it")
        return cls(found.path, found.contents, found.rebuild)

    def plot(self, what: str = "sheet", times: Sequence[float] = ()) -> Picture:
        """Draw the record.

        Parameters
        ----------
        what : str
            One of the figures of `kinetic plot`: "sheet", "density", "rates", "cluster", "growth", "observables", …
        times : sequence of float
            Times whose snapshots are shown; if empty, six between which equally much changes.

        Raises
        ------
        DomainError
            If there is no such figure, or the record does not hold what it shows.
        """
        from kinetic.plot import draw

        return Picture(draw(self, what, times))

    def to_xarray(
        self, what: Literal["observables", "clusters", "fields"] = "observables", *, resolution: int = 60
    ) -> Any:
        """Return a dataset of xarray, with units and definitions as attributes.

        Parameters
        ----------
        what : {"observables", "clusters", "fields"}
            The rows; the clusters at the rows; or the density, the potential and the drift of every snapshot on a grid,
            as `kinetic export --to netcdf` writes them.
        resolution : int
            Of the fields: intervals from pole to pole.

        Raises
        ------
        DomainError
            If xarray is not installed, with the command that installs it; if the record holds nothing of that kind.
        """
        xarray = _xarray()
        if not isinstance(what, str) or what not in ("observables", "clusters", "fields"):
            raise DomainError(f"to_xarray: received {ascii(what)[:60]}; allowed: 'observables', 'clusters', 'fields'")
        if what == "fields":
            return self._fields(xarray, resolution)
        found = self.contents.observables if what == "observables" else self.contents.clusters
        if not found:
            raise DomainError(f"{self.path}: the record holds no {what}; its status is {self.status}")
        return xarray.Dataset({one.name: _column(one) for one in found}, attrs=self._attributes())

    def _fields(self, xarray: Any, resolution: int) -> Any:
        """Return what the snapshots are on a grid."""
        from kinetic.claims.evidence import Evidence
        from kinetic.export.mesh import require_resolution
        from kinetic.export.raster import variables
        from kinetic.export.snapshots import Snapshots

        require_resolution(resolution)
        if self.density_times.size == 0:
            raise DomainError(f"{self.path}: the record holds no snapshot; its status is {self.status}")
        found = variables(Snapshots(Evidence(self), resolution, None))
        return xarray.Dataset({v.name: (v.dims, v.values, dict(v.attributes)) for v in found}, attrs=self._attributes())

    def _attributes(self) -> dict[str, str]:
        told = {"case": self.case_text, "case_name": self.case_name, "status": self.status, "message": self.message}
        return {**told, "kinetic_version": self.kinetic_version}

    def _repr_html_(self) -> str:
        """Return the record as a notebook shows it."""
        from kinetic.brief import MATTERS
        from kinetic.report import SYMBOLS, number, prediction

        times = self.observables.get("time", ())
        said = f"<b>{_text(self.case_name)}</b>: {_text(self.status)} {_text(self.message)}"
        parts = [f"<p>{said}<br>{_text(self.path)}</p>"]
        if len(times):
            names = [name for name in MATTERS if name in self.observables][:_SHOWN]
            ends = {name: [number(float(self.observables[name][i])) for i in (0, -1)] for name in ("time", *names)}
            rows = [[name, SYMBOLS[name], *ends[name]] for name in names]
            parts.append(_table(["", "", *(f"t = {end}" for end in ends["time"])], rows))
        if self.claims:
            judged = [
                [row.name, prediction(row), number(row.measured), f"{row.tolerance:g}", row.verdict, row.reason]
                for row in self.claims
            ]
            parts.append(_table(["claim", "predicted", "measured", "tolerance", "verdict", ""], judged))
        return "\n".join(parts)


def _xarray() -> Any:
    try:
        return import_module("xarray")
    except ImportError:
        raise DomainError(
            'to_xarray: xarray is not installed; install it with pip install "kinetic-transformers[notebook]"'
        ) from None


def _column(variable: Variable) -> tuple[tuple[str, ...], Any, dict[str, str]]:
    return variable.dims, variable.values, {"units": variable.units, "long_name": variable.description}


def _text(content: object) -> str:
    return html.escape(printable(" ".join(str(content).split())))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{_text(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
