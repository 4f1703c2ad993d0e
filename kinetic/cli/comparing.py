"""`kinetic compare`: records against theory, and N tokens beside them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinetic.cli.terminal import say, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kinetic.record import ClaimRow, Record
    from kinetic.tokens import TokenRun

CLAIM_FAILED = 1

COMPARE_HELP = """Hold records against theory, and against N tokens.

Every claim that applies (or that the case asks for) is measured again on the record: predicted, measured, tolerance,
verdict. With --particles, N tokens are drawn from the initial density and moved by the same model: heads, context,
norms, clocks and noise; with --rows the very rows of your own file are. A million of them are practical on circle and
sphere; in higher dimension some ten thousand.
--figure draws the local rate of 1 - R of both, or R where the mass ends spread out. Exit status 1 if a claim fails.

\b
  kinetic compare output/softmax_sphere.h5
  kinetic compare output/*.h5 --json
  kinetic compare output/unnormalised_circle.h5 --particles 1000 --particles 10000 --figure rates.png
  kinetic compare output/my_tokens.h5 --rows activations.npy
"""


def compare(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD", help="Records, such as output/softmax_sphere.h5.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    particles: Annotated[
        list[int] | None,
        typer.Option(metavar="N", min=2, help="Move N tokens beside the density; may be given again."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the tokens' initial draw.")] = 0,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Move the very rows of this file beside the density, for a record that began with them "
            '(initial.kind = "tokens").',
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the local rates of one record (PNG, SVG, PDF).")
    ] = None,
) -> None:
    """Print the claims of records; exit with 1 if one fails."""
    from kinetic.assembly import load

    if figure is not None and len(records) != 1:
        raise typer.BadParameter("needs exactly one record", param_hint="--figure")
    opened = [load(path) for path in records]
    reports = [_report(record, particles or (), seed, rows, figure) for record in opened]
    if json:
        show_json([report for report, _, _ in reports])
    else:
        for record, (report, judged, runs) in zip(opened, reports, strict=True):
            _show(record, judged, report["others"], runs)
    failed = any(row.verdict == "fail" for _, judged, _ in reports for row in judged)
    raise typer.Exit(CLAIM_FAILED if failed else 0)


def _report(
    record: "Record", particles: "tuple[int, ...] | list[int]", seed: int, own: Path | None, figure: Path | None
) -> "tuple[dict[str, Any], list[ClaimRow], list[TokenRun]]":
    """Judge one record and move tokens beside it."""
    from kinetic import claims
    from kinetic.claims.meanings import MEANINGS
    from kinetic.report import claims_json

    runs = [_moved(record, count, seed) for count in particles]
    runs += [] if own is None else [_moved(record, own, seed)]
    if figure is not None:
        from kinetic.plot import save
        from kinetic.tokens.picture import token_figure

        save(token_figure(record, runs), figure)
    rows, others = claims.examine(record)
    report = {
        "record": str(record.path),
        "case": record.case_name,
        "status": record.status,
        "claims": claims_json(rows, MEANINGS),
        "others": others,
        "particles": [_tokens_json(record, run) for run in runs],
    }
    return report, rows, runs


def _moved(record: "Record", tokens: int | Path, seed: int) -> "TokenRun":
    """Move N tokens, or the rows of a file, beside a record, and show how far they are."""
    from kinetic.cli.progress import shown
    from kinetic.tokens import follow_rows, follow_tokens

    with shown(f"{record.case_name}, {tokens} tokens" if isinstance(tokens, int) else f"rows of {tokens.name}") as tell:
        end = float(record.observables["time"][-1]) if record.observables["time"].size else 0.0

        def news(time: float) -> None:
            tell(time / end, f"t = {time:.4g}/{end:g}")

        if isinstance(tokens, int):
            return follow_tokens(record, tokens, seed, news)
        return follow_rows(record, tokens, seed, news)


def _tokens_json(record: "Record", run: "TokenRun") -> dict[str, object]:
    """Return the run of N tokens as plain data."""
    order = record.observables["order_parameter"]
    return {
        "count": run.count,
        "seed": run.seed,
        "parting_time": None if run.parting_time != run.parting_time else run.parting_time,  # NaN is no JSON
        "largest_difference": float(abs(run.order_parameter - order).max()),
        "time": run.times.tolist(),
        "order_parameter": run.order_parameter.tolist(),
        "order_deficit": run.order_deficit.tolist(),
    }


def _show(
    record: "Record", rows: "list[ClaimRow]", others: "Mapping[str, Sequence[str]]", runs: "list[TokenRun]"
) -> None:
    """Print the tables of one record; where no law of motion applies, which were considered, and why none does."""
    from kinetic.claims import conservation
    from kinetic.claims.meanings import MEANINGS
    from kinetic.report import claims_table, considered

    say("record", str(record.path))
    say("status", f"{record.status} {record.message}")
    show_table(claims_table(rows, MEANINGS))
    if {row.name for row in rows} <= {claim.name for claim in conservation.CLAIMS}:
        for line in considered(others):
            typer.echo(line)
    if runs:
        show_table(_tokens_table(record, runs))


def _tokens_table(record: "Record", runs: "list[TokenRun]") -> Any:
    """Tabulate how N tokens differ from the density, and from when on they must, where a law says so."""
    from rich.table import Table

    table = Table(title="N tokens beside the density")
    parts = any(run.parting_time == run.parting_time for run in runs)
    last = ("must part from t",) if parts else ()
    for heading in ("N", "seed", "largest |ΔR|", "times √N", "R at the end", "density's", *last):
        table.add_column(heading, justify="right")
    order = record.observables["order_parameter"]
    for run in runs:
        difference = float(abs(run.order_parameter - order).max())
        table.add_row(
            f"{run.count}",
            f"{run.seed}",
            f"{difference:.3g}",
            f"{difference * run.count**0.5:.3g}",
            f"{run.order_parameter[-1]:.6g}",
            f"{order[-1]:.6g}",
            *((f"{run.parting_time:.4g}",) if parts else ()),
        )
    return table
