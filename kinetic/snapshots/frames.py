"""Densities of the conformal chart: coefficients in a frame, and how the frame is boosted and turned."""

from collections.abc import Sequence

import numpy as np

from kinetic.conformal import ConformalDensity
from kinetic.errors import RecordError
from kinetic.record import Record, Variable
from kinetic.snapshots.harmonics import pack_harmonics, rebuild_harmonics


def pack_frames(densities: Sequence[ConformalDensity]) -> tuple[Variable, ...]:
    """Return coefficients in the frames' variable, and how each frame is boosted and turned."""
    poses = np.array([density.pose for density in densities])
    boost = "rapidity η of the frame: tan(θ/2) = e^{−η} tan(Θ/2) about its axis"
    axis = "pole of the frame (zonal: 1)"
    turn = "the frame's turn: circle, the angle of its pole; sphere, a quaternion (w, x, y, z) from body to space"
    frames = [
        Variable("boost", poses[:, 0], ("time",), "1", boost),
        Variable("axis", np.array([density.axis for density in densities]), ("time", "component"), "1", axis),
    ]
    if poses.shape[1] > 1:
        frames.append(Variable("turn", poses[:, 1:], ("time", "part_of_turn"), "1", turn))
    return (*pack_harmonics([density.frame for density in densities]), *frames)


def rebuild_frame(record: Record, index: int) -> ConformalDensity:
    """Return a density of the conformal chart from its coefficients and its frame."""
    frame = rebuild_harmonics(record, index)
    try:
        turn = record.density_arrays["turn"][index] if frame.space.kind != "zonal" else np.zeros(0)
        pose = np.append(record.density_arrays["boost"][index], turn)
        if pose.size != {"zonal": 1, "circle": 2, "sphere": 5}[frame.space.kind] or not np.all(np.isfinite(pose)):
            raise ValueError(f"frame {pose.tolist()}")
    except (KeyError, ValueError, IndexError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} in the conformal chart cannot be read ({error}); use the version of "
            "kinetic that wrote it"
        ) from error
    return ConformalDensity(frame, pose)
