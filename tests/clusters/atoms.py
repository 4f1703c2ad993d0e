"""Clouds to begin with, and a march of them."""

import numpy as np

from kinetic.clusters.clouds import Cloud, Clouds
from kinetic.clusters.flow import CloudFlow
from kinetic.march import Row, Step, march
from kinetic.problem import Problem, Schedule


def cloud(center, mass, spread):
    """Four tokens (two on the circle) about a center."""
    center = np.asarray(center, dtype=float) / np.linalg.norm(center)
    tangents = np.linalg.svd(np.eye(center.size) - np.outer(center, center))[0][:, : min(2, center.size - 1)].T
    offsets = np.concatenate([tangents, -tangents])
    return Cloud(center, -np.log(spread), offsets, np.full(len(offsets), mass / len(offsets)))


def at_angles(angles, masses, dimension=2, spread=1e-13):
    """Clouds on one great circle."""
    e = np.eye(dimension)
    centers = [np.cos(a) * e[0] + np.sin(a) * e[1] for a in angles]
    return Clouds(tuple(cloud(c, m, spread) for c, m in zip(centers, masses, strict=True)))


def marched(state, beta, normalization, end, every, tolerance=1e-11):
    """Rows of a march, and the last flow with its state."""
    flow = CloudFlow.of(state, beta, normalization)
    rows, last, steps = [], None, 0
    for event in march(Problem(flow, state.vector(), Schedule(end, every, end), tolerance)):
        if isinstance(event, Row):
            rows.append(event)
        elif isinstance(event, Step):
            last, steps = event.checkpoint, steps + 1
    return rows, flow.at_layout(last.layout), last, steps


def column(rows, name):
    """One observable."""
    return np.array([row.values[name] for row in rows])
