"""Runs held against theory: every claim predicts with `kinetic.theory`, measures on a record, and gives a verdict.

Responsible for when a prediction applies, over which window it is measured, and with what uncertainty. What predicts
shares no code with what was solved.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module

from kinetic.case import CLAIM_GROUPS
from kinetic.claims.claim import Claim
from kinetic.claims.evidence import Evidence
from kinetic.errors import RecordError
from kinetic.record import ClaimRow, Record


class _Claims(MutableMapping[str, Claim]):
    """Claims by name, in the order of their modules; a module is loaded when one of its claims is looked up.

    A run is mostly held against a few, and the theory of all takes as long to load as many a run.
    """

    def __init__(self, groups: dict[str, tuple[str, ...]]) -> None:
        self._modules = {name: module for module, names in groups.items() for name in names}
        self._loaded: dict[str, Claim] = {}

    def __getitem__(self, name: str) -> Claim:
        if name not in self._loaded:
            module = import_module(f"kinetic.claims.{self._modules[name]}")
            self._loaded = {claim.name: claim for claim in module.CLAIMS} | self._loaded
        return self._loaded[name]

    def __setitem__(self, name: str, claim: Claim) -> None:
        self._modules.setdefault(name, "")
        self._loaded[name] = claim

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._loaded.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


CLAIMS = _Claims(CLAIM_GROUPS)
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
