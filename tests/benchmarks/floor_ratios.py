"""Measured in a process of its own by `test_sphere_floor`, because threads are counted when libraries load."""

import numpy as np
from benchmarks.right_hand_sides import floor, ours, smooth_data
from benchmarks.timing import best_times

CASES = [(beta, normalization) for normalization in ("none", "softmax") for beta in (1.0, 4.0)]


def ratios(degree):
    """(ms of the floor, ratio of each of `CASES` to it, relative difference of the two without softmax)."""
    coefficients = smooth_data(degree)
    by_hand = floor(coefficients, degree, 1.0)
    functions = {"floor": by_hand} | {case: ours(coefficients, degree, *case) for case in CASES}
    times = best_times(functions)
    rate, again = functions[1.0, "none"]().view(complex), by_hand()
    sign = np.sign((rate @ again.conj()).real)
    difference = float(np.abs(rate - sign * again).max() / np.abs(rate).max())
    return times["floor"], [times[case] / times["floor"] for case in CASES], difference
