"""Predictions: what papers, or derivations stated here, say that a run must show.

Responsible for numbers and curves computed from parameters alone, each with its status and source. Shares
no code with the solver: a wrong kernel must not agree with itself.
"""
