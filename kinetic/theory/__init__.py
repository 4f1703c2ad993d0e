"""Predictions: what papers, or derivations stated here, say that a run must show.

Responsible for numbers and curves computed from parameters alone, each with its status and source. Shares
no code with the solver: a wrong kernel must not agree with itself.

Arguments that mean the same in every function stand here; a function documents what it adds to them, or restricts.

d : int
    Ambient dimension, at least 2.
beta : float
    Inverse temperature β of the one identity head, of any sign.
normalization : {"softmax", "none"}
    Softmax attention, or the unnormalized sum.
diffusion : float
    κ ≥ 0 in + κΔμ.
degree : int
    Harmonic degree l ≥ 0.
time, times : float; array_like of shape (n,)
    t ≥ 0; 0 ≤ t₀ ≤ t₁ ≤ …, where results have one entry, or row, for each.

Rates are per unit of time, angles in radians. Every function raises `DomainError` outside the range of its formula.
"""
