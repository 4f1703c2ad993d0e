"""What a case may name and no numerics follows: each refusal says what was received, what is allowed and what to do."""

from collections.abc import Iterator

from kinetic import case as cases
from kinetic.assembly.forces import is_identity
from kinetic.errors import CaseError


def require_possible(case: cases.Case) -> None:
    """Refuse what does not go together.

    Raises
    ------
    CaseError
    """
    for message in (*_heads(case), *_noise(case), *_context(case), *_norms(case), *_time(case), *_cells(case)):
        raise CaseError(message)


def _heads(case: cases.Case) -> Iterator[str]:
    """Heads with matrices: in the harmonic chart, and on circle and sphere in the Mercator chart."""
    chart, kind = case.space.chart, case.space.kind
    if is_identity(case) or chart == "harmonic" or (chart == "mercator" and kind != "zonal"):
        return
    yield (
        f'attention.heads: received {len(case.attention.all_heads)} head(s) with matrices and chart = "{chart}" on '
        f'kind = "{kind}"; allowed is one head with query, key and value = "identity" there; for others use '
        'space.chart = "harmonic"'
    )


def _noise(case: cases.Case) -> Iterator[str]:
    kappa, chart, scheme = case.noise.diffusion, case.space.chart, case.layer_norm.scheme
    if kappa and chart != "harmonic":
        yield (
            f'noise.diffusion: received {kappa:g} with chart = "{chart}", which follows collapse without noise; '
            'allowed is 0; with noise use space.chart = "harmonic"'
        )
    if kappa and scheme != "post":
        yield (
            f'noise.diffusion: received {kappa:g} with layer_norm.scheme = "{scheme}"; allowed is 0, because noise on '
            'tokens with norms is not defined here; with noise use scheme = "post"'
        )


def _context(case: cases.Case) -> Iterator[str]:
    length = case.attention.context_length
    if length is None:
        return
    allowed = (
        'one identity head with chart = "harmonic" (kind = "zonal": or "mercator") and layer_norm.scheme = "post" or '
        '"ln_scaling"'
    )
    charts = ("harmonic", "mercator") if case.space.kind == "zonal" else ("harmonic",)
    plain = is_identity(case) and case.space.chart in charts
    if not plain or case.layer_norm.scheme not in ("post", "ln_scaling"):
        yield f"attention.context_length: received {length}; allowed with {allowed}; remove it, or change those"
    if length < 2:
        yield f"attention.context_length: received {length}; a token alone attends to itself only; give at least 2"


def _norms(case: cases.Case) -> Iterator[str]:
    scheme, chart = case.layer_norm.scheme, case.space.chart
    if scheme in ("post", "ln_scaling"):
        return
    if chart != "harmonic":
        yield (
            f'layer_norm.scheme: received "{scheme}" with chart = "{chart}"; its tokens are followed by their initial '
            'directions, whatever the chart; use space.chart = "harmonic"'
        )
    if not is_identity(case):
        yield (
            f'layer_norm.scheme: received "{scheme}" with heads that have matrices; allowed is one head with query, '
            'key and value = "identity"; give attention.beta instead'
        )
    if case.initial.kind == "record":
        yield (
            f'layer_norm.scheme: received "{scheme}" with initial.kind = "record"; a record does not keep every '
            "token's norm; give the initial density itself"
        )


def _cells(case: cases.Case) -> Iterator[str]:
    """Numbers of elements: not where cells divide by themselves until they carry time.tolerance."""
    if case.space.elements is None or case.space.chart != "mercator":
        return
    if case.space.kind == "circle" and case.layer_norm.scheme in ("post", "ln_scaling"):
        yield (
            f'space.elements: received {case.space.elements}; allowed with kind = "zonal" or "sphere"; cells of the '
            "circle divide until they carry time.tolerance; remove it, and lower time.tolerance for finer cells"
        )


def _time(case: cases.Case) -> Iterator[str]:
    if case.time.scheme.startswith("etd") and not case.noise.diffusion:
        yield (
            f'time.scheme: received "{case.time.scheme}" with noise.diffusion = 0; exponential schemes need diffusion '
            'to take exactly; use "auto"'
        )
