"""Densities of which only clusters are left: the tokens of each, about its center and scaled by its own width."""

from collections.abc import Sequence

import numpy as np

from kinetic.clusters.clouds import Cloud, Clouds
from kinetic.clusters.clusters import Merger
from kinetic.clusters.density import CloudDensity
from kinetic.record import Record, Variable
from kinetic.snapshots.tokens import TIMES, TOKENS, field, integer, numbers, padded, readable
from kinetic.types import Array

_MOST = 10**6
_CLOUDS, _MEMBERS, _NUMBERS = ("time", "cloud"), ("time", "member"), ("time", "number")


def pack_clouds(densities: Sequence[CloudDensity]) -> tuple[Variable, ...]:
    """Return the clouds, the tokens of one after those of the other."""
    members = "tokens of each cluster; those of one cloud have met and not yet touched"
    past = "time, larger and smaller mass, and place of every merger, one after the other"
    offset = "q of x = c + e^{−η} q + O(e^{−2η}), component by component"
    return (
        Variable("token_share", padded(densities, lambda d: _joined(d, "masses")), TOKENS, "1", "mass of each token"),
        Variable("cloud_offsets", padded(densities, lambda d: _joined(d, "offsets")), _NUMBERS, "1", offset),
        Variable(
            "cloud_centers", padded(densities, _centers), ("time", "coordinate"), "1", "c, component by component"
        ),
        Variable("cloud_contraction", padded(densities, _contractions), _CLOUDS, "1", "η: offsets are e^{−η} q"),
        Variable("cloud_members", padded(densities, _counts), _CLOUDS, "1", "clusters in each cloud"),
        Variable("member_tokens", padded(densities, _sizes), _MEMBERS, "1", members),
        Variable("past_mergers", padded(densities, _mergers), ("time", "entry"), "1", past),
        Variable("mergers", numbers(densities, lambda d: len(d.state.mergers)), TIMES, "1", "number of mergers"),
        Variable("clouds", numbers(densities, lambda d: len(d.state.clouds)), TIMES, "1", "number of clouds"),
        Variable("cloud_time", numbers(densities, lambda d: d.state.time), TIMES, "1", "clock"),
        Variable("cloud_entropy", numbers(densities, lambda d: d.state.entropy), TIMES, "1", "∫ ρ ln ρ dσ"),
        Variable("cloud_work", numbers(densities, lambda d: d.state.work), TIMES, "1", "∫∫ <F, X> dμ dt"),
        Variable("cloud_tail", numbers(densities, lambda d: d.state.tail), TIMES, "1", "mass that was left out"),
    )


def _joined(density: CloudDensity, name: str) -> Array:
    return np.concatenate([np.ravel(getattr(cloud, name)) for cloud in density.state.clouds])


def _centers(density: CloudDensity) -> Array:
    return np.concatenate([cloud.center for cloud in density.state.clouds])


def _contractions(density: CloudDensity) -> Array:
    return np.array([cloud.contraction for cloud in density.state.clouds])


def _counts(density: CloudDensity) -> Array:
    return np.array([len(sizes) for sizes in density.state.members], dtype=float)


def _sizes(density: CloudDensity) -> Array:
    return np.array([size for sizes in density.state.members for size in sizes], dtype=float)


def _mergers(density: CloudDensity) -> Array:
    parts = [np.concatenate([[m.time], m.masses, m.position]) for m in density.state.mergers]
    return np.concatenate([np.zeros(0), *parts])


def rebuild_clouds(record: Record, index: int) -> CloudDensity:
    """Return a density from its clouds."""
    with readable(record, index, "of clusters"):
        count = integer(record, "clouds", index, 1, _MOST)
        counts = field(record, "cloud_members", index, (count,)).astype(int)
        sizes = field(record, "member_tokens", index, (int(counts.sum()),)).astype(int)
        total = int(sizes.sum())
        masses = field(record, "token_share", index, (total,))
        centers = field(record, "cloud_centers", index, (count, _dimension(record, index, count)))
        offsets = field(record, "cloud_offsets", index, (total, centers.shape[1]))
        contractions = field(record, "cloud_contraction", index, (count,))
        clouds, at = [], 0
        for members, center, contraction in zip(
            np.split(sizes, np.cumsum(counts)[:-1]), centers, contractions, strict=True
        ):
            end = at + int(members.sum())
            own = tuple(int(size) for size in members)
            clouds.append(Cloud(center, float(contraction), offsets[at:end], masses[at:end], own))
            at = end
        past = field(record, "past_mergers", index, (integer(record, "mergers", index, 0, _MOST), 3 + centers.shape[1]))
        mergers = tuple(Merger(float(entry[0]), entry[1:3], entry[3:]) for entry in past)
        time, entropy, work, tail = (
            float(record.density_arrays[f"cloud_{name}"][index]) for name in ("time", "entropy", "work", "tail")
        )
        return CloudDensity(Clouds(tuple(clouds), time, entropy, work, tail, mergers))


def _dimension(record: Record, index: int, clouds: int) -> int:
    """Return the number of components of a center."""
    row = np.asarray(record.density_arrays["cloud_centers"][index], dtype=float)
    return int(np.count_nonzero(np.isfinite(row))) // clouds
