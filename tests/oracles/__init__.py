"""Slow, obvious twins: each computes something the package computes, by another and plainer way.

Nothing here imports the package, so a mistake in it cannot agree with itself.
"""
