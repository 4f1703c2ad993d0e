"""Runs held against theory: every claim predicts with `kinetic.theory`, measures on a record, and gives a verdict.

Responsible for when a prediction applies, over which window it is measured, and with what uncertainty. What predicts
shares no code with what was solved.
"""

from kinetic.case import ClaimRequest
from kinetic.claims import collapse, conservation, exact, instability
from kinetic.claims.claim import Claim
from kinetic.claims.evidence import Evidence
from kinetic.record import ClaimRow, Record
from kinetic.types import Verdict

CLAIMS: dict[str, Claim] = {
    claim.name: claim for claim in (*conservation.CLAIMS, *collapse.CLAIMS, *exact.CLAIMS, *instability.CLAIMS)
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
    evidence = Evidence(record)
    asked = evidence.case.claims
    if asked is not None:
        return [_judge(request, evidence) for request in asked]
    return [claim.judge(evidence) for claim in CLAIMS.values() if claim.concerns(evidence)]


def _judge(request: ClaimRequest, evidence: Evidence) -> ClaimRow:
    if request.name in CLAIMS:
        return CLAIMS[request.name].judge(evidence, request.tolerance)
    nothing = float("nan")
    verdict: Verdict = "not applicable"
    reason = "needs noise or general matrices, which this version of kinetic does not have"
    window = (nothing, nothing)
    return ClaimRow(request.name, nothing, nothing, nothing, nothing, window, verdict, reason, "derived", "none")


__all__ = ["CLAIMS", "Claim", "compare"]
