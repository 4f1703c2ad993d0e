"""The snapshots of a record as fields on the mesh of its space, and the words that go with them.

Responsible for which attention and which mesh belong to a record. Refuses to know file formats.
"""

from collections.abc import Callable, Iterator

from kinetic.claims.evidence import Evidence
from kinetic.export.fields import Fields, Heads, circle_fields, sphere_fields, zonal_fields
from kinetic.export.mesh import SphereMesh, circle, meridian


def heads_of(evidence: Evidence) -> Heads | None:
    """Return the attention of a case, or None where it is not a sum of heads with scalar matrices."""
    attention = evidence.case.attention
    scalars = [(head.beta, head.multiples) for head in attention.all_heads]
    simple = attention.context_length is None and evidence.case.layer_norm.scheme == "post"
    if not simple or any(multiples is None for _, multiples in scalars):
        return None
    pairs = tuple((beta * m[0] * m[1], m[2]) for beta, m in scalars if m is not None)
    return Heads(pairs, evidence.normalization)


def _sampler(evidence: Evidence, resolution: int) -> Callable[[int], Fields]:
    """Return the function that gives the fields of one snapshot on the mesh of its space."""
    heads = heads_of(evidence)
    if evidence.kind == "sphere":
        mesh = SphereMesh(resolution)
        return lambda i: sphere_fields(evidence.density(i), heads, mesh)
    if evidence.kind == "circle":
        angles = circle(resolution)
        return lambda i: circle_fields(evidence.density(i), heads, angles)
    theta = meridian(resolution)
    return lambda i: zonal_fields(evidence.density(i), heads, theta, evidence.d)


def snapshots(evidence: Evidence, resolution: int) -> Iterator[Fields]:
    """Give the fields of every snapshot, one after another."""
    sample = _sampler(evidence, resolution)
    return (sample(i) for i in range(evidence.snapshot_times.size))


def texts(evidence: Evidence) -> dict[str, str]:
    """Say where the data come from."""
    record = evidence.record
    version = f"kinetic {record.kinetic_version}"
    return {
        "title": evidence.case.title,
        "source": f"{version}, record {record.path.name}",
        "references": evidence.case.source or "none given",
        "history": f"{record.created}: computed by {version}",
        "case": record.case_text,
    }
