"""The Mercator chart: densities on cells that move with their tokens, accurate at any concentration.

One package a space: `zonal` (axisymmetric, any dimension), `circle` and `sphere` (without symmetry, any heads). What
they share (latitudes, elements, patches, material meshes) stands in `charts`.
"""
