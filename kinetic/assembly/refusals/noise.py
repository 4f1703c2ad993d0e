"""Refusals of noise, of each token and of all together, and of the schemes that need it."""

from collections.abc import Iterator

from kinetic import case as cases

MOST_INCREMENTS = 1_000_000
"""Largest number of increments of common noise, each of which the record keeps."""


def noise_problems(case: cases.Case) -> Iterator[str]:
    """Noise of each token: in the harmonic chart, for tokens of norm one."""
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


def environment_problems(case: cases.Case) -> Iterator[str]:
    """Tokens in common noise: of norm one, on circle and sphere, under kernels whose degrees end."""
    given, kind, chart = case.common_noise, case.space.kind, case.space.chart
    if given is None:
        return
    said = f'common_noise.kind: received "{given.kind}" with'
    if kind == "zonal":
        yield f'{said} space.kind = "zonal", whose symmetry one realisation breaks; use kind = "circle" or "sphere"'
    if chart != "harmonic":
        yield (
            f'{said} chart = "{chart}"; tokens in common noise are followed on cells of labels, whatever the chart; '
            'use space.chart = "harmonic"'
        )
    if case.layer_norm.scheme != "post":
        yield f'{said} layer_norm.scheme = "{case.layer_norm.scheme}"; allowed is "post"; remove one of the two'
    if case.noise.diffusion:
        yield (
            f"{said} noise.diffusion = {case.noise.diffusion:g}; a density that spreads is not carried by tokens of "
            "one label each; set noise.diffusion = 0, or remove [common_noise]"
        )
    kinks = {
        f'attention.kernel = "{case.attention.kernel}"': case.attention.kernel in ("power", "truncated"),
        'perceptron.activation = "relu"': case.perceptron is not None and case.perceptron.activation == "relu",
    }
    for what in (text for text, has_one in kinks.items() if has_one):
        yield (
            f"{said} {what}, which has a kink that no cells follow; allowed are the kernels "
            '"exponential", "linear" and "polynomial", and neurons without "relu"'
        )
    if case.attention.context_length is not None:
        yield f"{said} attention.context_length = {case.attention.context_length}; remove one of the two"
    if case.initial.kind in ("record", "tokens"):
        yield (
            f'{said} initial.kind = "{case.initial.kind}", which is known by its coefficients; allowed are densities '
            "in closed form"
        )
    if case.time.end / given.step > MOST_INCREMENTS:
        yield (
            f"common_noise.step: received {given.step:g} with time.end = {case.time.end:g}; must be at least "
            f"{case.time.end / MOST_INCREMENTS:g} (time.end / {MOST_INCREMENTS}); raise it"
        )


def time_problems(case: cases.Case) -> Iterator[str]:
    """Exponential schemes: with noise alone."""
    if case.time.scheme.startswith("etd") and not case.noise.diffusion:
        yield (
            f'time.scheme: received "{case.time.scheme}" with noise.diffusion = 0; exponential schemes need diffusion '
            'to take exactly; use "auto"'
        )
