"""Runs held against theory: every claim predicts with `kinetic.theory`, measures on a record, and gives a verdict.

Responsible for when a prediction applies, over which window it is measured, and with what uncertainty. What predicts
shares no code with what was solved.
"""

from kinetic.claims import (
    basins,
    collapse,
    conservation,
    depth,
    environment,
    exact,
    frequencies,
    frozen,
    heads,
    heads_collapse,
    instability,
    kernels,
    labels,
    long_context,
    low_temperature,
    metastable,
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
        *metastable.CLAIMS,
        *basins.CLAIMS,
        *environment.CLAIMS,
        *depth.CLAIMS,
        *labels.CLAIMS,
        *frequencies.CLAIMS,
        *frozen.CLAIMS,
    )
}
"""Every claim by name."""

SAME_LAW = "another claim says the same of tokens on the unit sphere"


def compare(record: Record) -> list[ClaimRow]:
    """Return the claims of a record: those its case asks for, or else every one that applies.

    Returns
    -------
    list of ClaimRow
        In the order of the case, or of `CLAIMS`.
    """
    return examine(record)[0]


def examine(record: Record) -> tuple[list[ClaimRow], dict[str, list[str]]]:
    """Return the claims of a record as `compare`, and which laws were considered besides, and why none of them applies.

    Returns
    -------
    rows : list of ClaimRow
    others : dict of str to list of str
        Reason to names of the laws that say nothing about this kind of run; empty where the case names its claims.
    """
    if not isinstance(record, Record):
        raise RecordError(f"compare: received {ascii(record)[:60]}; must be a record, as kinetic.load returns it")
    evidence = Evidence(record)
    asked = evidence.case.claims
    if asked is not None:
        return [CLAIMS[request.name].judge(evidence, request.tolerance) for request in asked], {}
    rows: list[ClaimRow] = []
    others: dict[str, list[str]] = {}
    for claim in CLAIMS.values():
        row, concerned = claim.consider(evidence)
        if concerned:
            rows.append(row)
        else:
            others.setdefault(row.reason if claim.covers(evidence) else SAME_LAW, []).append(claim.name)
    return rows, others


__all__ = ["CLAIMS", "Claim", "compare", "examine"]
