"""The random environment of a case: what an increment of its noise does, and the path that increments come from."""

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.normed import HeadTokens
from kinetic.normed.common_noise import BrownianPath, Environment, FieldKick, Kick, MatrixKick, ValuesKick


def environment(case: cases.Case, tokens: HeadTokens) -> Environment:
    """Return one realisation of the common noise of a case that has some.

    Raises
    ------
    DomainError
        If `covariance` is no covariance.
    """
    given, kick = case.common_noise, kick_of(case, tokens)
    assert given is not None
    return Environment(kick, BrownianPath(given.seed, given.step, kick.shape))


def head_tokens(case: cases.Case, degree: int = 1) -> HeadTokens:
    """Return heads and neurons of a case as tokens on cells feel them, their density expanded to a degree."""
    heads, normalization = forces.matrix_heads(case), case.attention.normalization
    return HeadTokens(heads, normalization, degree, forces.neurons(case))


def kick_of(case: cases.Case, tokens: HeadTokens | None = None) -> Kick:
    """Return the effect of an increment on the tokens of a case that has common noise."""
    given = case.common_noise
    assert given is not None
    dimension = case.space.dimension
    if given.kind == "matrix":
        return MatrixKick(dimension, given.strength, given.symmetric)
    if given.kind == "field":
        return FieldKick(dimension, given.strength, given.covariance or (), case.time.tolerance)
    felt = tokens or head_tokens(case)
    return ValuesKick(dimension, given.strength, felt.means, len(felt.heads))
