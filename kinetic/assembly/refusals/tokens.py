"""Refusals of what tokens are: of other norms, on cells that are counted, given as rows, or with labels."""

from collections.abc import Iterator

from kinetic import case as cases
from kinetic.assembly.forces import is_identity


def norms_problems(case: cases.Case) -> Iterator[str]:
    """Tokens of other norms: under one identity head, whose initial density is in closed form."""
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


def cells_problems(case: cases.Case) -> Iterator[str]:
    """Numbers of elements: not where cells divide by themselves until they carry time.tolerance."""
    if case.space.elements is None or not case.space.on_cells:
        return
    if case.space.kind == "circle" and case.layer_norm.scheme in ("post", "ln_scaling"):
        yield (
            f'space.elements: received {case.space.elements}; allowed with kind = "zonal" or "sphere"; cells of the '
            "circle divide until they carry time.tolerance; remove it, and lower time.tolerance for finer cells"
        )


def rest_problems(case: cases.Case) -> Iterator[str]:
    """Uniform densities on cells: one identity head leaves them at rest, and rounding does not."""
    acting = case.perceptron is not None or case.label is not None or case.tables or not is_identity(case)
    uniform = case.initial.kind == "uniform" and case.space.on_cells and case.layer_norm.scheme == "post"
    if acting or not uniform:
        return
    yield (
        'initial: received the uniform density with chart = "mercator"; it is at rest, and what moved on its cells '
        'would be rounding; use chart = "harmonic" or "auto", which keep it, or initial.kind = "random"'
    )


def rows_problems(case: cases.Case) -> Iterator[str]:
    """Rows widened to bumps: known by their coefficients, without ln ρ far from all rows."""
    scheme, chart = case.layer_norm.scheme, case.space.chart
    if case.initial.kind != "tokens":
        return
    if scheme not in ("post", "ln_scaling"):
        yield (
            f'initial.kind: received "tokens" with layer_norm.scheme = "{scheme}", which follows cells of ln ρ; '
            'allowed there are densities in closed form, and with rows scheme = "post" or "ln_scaling"'
        )
    if chart == "mercator":
        yield (
            'initial.kind: received "tokens" with chart = "mercator", whose cells need ln ρ where no row is near; for '
            'rows use space.chart = "harmonic" or "conformal"'
        )


def labels_problems(case: cases.Case) -> Iterator[str]:
    """Labels: identity heads with a smooth kernel in the harmonic chart, tokens of norm one, infinitely many."""
    given = case.label
    if given is None:
        return
    kind = f'label.kind: received "{given.kind}"'
    if case.space.chart != "harmonic":
        chart = f'chart = "{case.space.chart}"'
        yield f'{kind} with {chart}; labels are followed in harmonics; use space.chart = "harmonic"'
    if not is_identity(case):
        yield f"{kind} with heads that have matrices; allowed is Q = K = V = I; give attention.beta"
    if case.attention.kernel in ("power", "truncated"):
        yield (
            f'{kind} with attention.kernel = "{case.attention.kernel}", which has a kink; allowed are '
            '"exponential", "linear" and "polynomial"'
        )
    if case.perceptron is not None:
        yield f"{kind} with a perceptron; labels are followed under attention alone; remove [perceptron]"
    if case.attention.context_length is not None:
        yield f"{kind} with attention.context_length; labels stand for infinitely many tokens; remove it"
    if case.layer_norm.scheme != "post":
        yield (
            f'{kind} with layer_norm.scheme = "{case.layer_norm.scheme}"; labels are followed for tokens of norm '
            'one; use scheme = "post"'
        )
    for path in case.tables:
        yield f"{kind} with {path} as a table over time; labels are followed under weights that stay; give one value"
    if case.common_noise is not None:
        yield f"{kind} with [common_noise], whose tokens are followed on cells; remove one of the two"
    yield from _label_kinds(case, given, kind)


def _label_kinds(case: cases.Case, given: cases.Label, kind: str) -> Iterator[str]:
    """Noise on rates alone, rotations not about an axis of symmetry, rows not by slices."""
    if given.has_positions and case.noise.diffusion:
        yield (
            f"{kind} with noise.diffusion = {case.noise.diffusion:g}; positions are followed without noise; use "
            'diffusion = 0, or kind = "frequency"'
        )
    if not given.has_positions and case.space.axisymmetric:
        yield f'{kind} with space.kind = "zonal"; a rotation breaks the symmetry about e; use "circle" or "sphere"'
    for i, stretch in enumerate(given.slices or ()):
        if stretch.initial.kind == "tokens":
            yield (
                f'label.slices.{i}.initial.kind: received "tokens"; rows are taken as the density of all positions; '
                "give it in [initial], without label.slices"
            )
