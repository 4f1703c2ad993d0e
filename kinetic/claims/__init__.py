"""Runs held against theory: every claim predicts with `kinetic.theory`, measures on a record, and gives a verdict.

Responsible for when a prediction applies, over which window it is measured, and with what uncertainty. What predicts
shares no code with what was solved.
"""

from kinetic.claims import (
    collapse,
    conservation,
    exact,
    heads,
    heads_collapse,
    instability,
    kernels,
    long_context,
    low_temperature,
    noise,
    scheme_paths,
    schemes,
)
from kinetic.claims.claim import Claim
from kinetic.claims.evidence import Evidence
from kinetic.errors import RecordError
from kinetic.record import ClaimRow, Record

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in (
        *conservation.CLAIMS,
        *collapse.CLAIMS,
        *exact.CLAIMS,
        *instability.CLAIMS,
        *heads.CLAIMS,
        *heads_collapse.CLAIMS,
        *low_temperature.CLAIMS,
        *noise.CLAIMS,
        *schemes.CLAIMS,
        *scheme_paths.CLAIMS,
        *long_context.CLAIMS,
        *kernels.CLAIMS,
    )
}
"""Every claim by name."""


def compare(record: Record) -> list[ClaimRow]:
    """Return the claims of a record: those its case asks for, or else every one that applies.

    Parameters
    ----------
    record : Record

    Returns
    -------
    list of ClaimRow
        In the order of the case, or of `CLAIMS`.
    """
    if not isinstance(record, Record):
        raise RecordError(f"compare: received {ascii(record)[:60]}; must be a record, as kinetic.load returns it")
    evidence = Evidence(record)
    asked = evidence.case.claims
    if asked is not None:
        return [CLAIMS[request.name].judge(evidence, request.tolerance) for request in asked]
    return [claim.judge(evidence) for claim in CLAIMS.values() if claim.concerns(evidence)]


__all__ = ["CLAIMS", "Claim", "compare"]
