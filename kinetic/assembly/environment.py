"""The random environment of a case: what an increment of its noise does, and the path that increments come from."""

from kinetic import case as cases
from kinetic.common_noise import BrownianPath, Environment, FieldKick, Kick, MatrixKick, ValuesKick
from kinetic.normed import HeadTokens


def environment(case: cases.Case, tokens: HeadTokens) -> Environment:
    """Return one realisation of the common noise of a case that has some.

    Raises
    ------
    DomainError
        If `covariance` is no covariance.
    """
    given = case.common_noise
    assert given is not None
    kick = _kick(case, given, tokens)
    return Environment(kick, BrownianPath(given.seed, given.step, kick.shape))


def _kick(case: cases.Case, given: cases.CommonNoise, tokens: HeadTokens) -> Kick:
    dimension = case.space.dimension
    if given.kind == "matrix":
        return MatrixKick(dimension, given.strength, given.symmetric)
    if given.kind == "field":
        return FieldKick(dimension, given.strength, given.covariance or (), case.time.tolerance)
    return ValuesKick(dimension, given.strength, tokens.means, len(tokens.heads))
