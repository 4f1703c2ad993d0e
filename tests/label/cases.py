"""Cases with labels, as small as they can be."""

from kinetic.case import Case

HEAD = """
title = "labels"
[space]
kind = "{kind}"
{dimension}
degree = {degree}
[attention]
normalization = "{normalization}"
beta = {beta}
[time]
end = {end}
tolerance = {tolerance}
[output]
observe_every = {end}
save_every = {end}
"""

MEANS = {"circle": "mean = [0.6, 0.8], ", "sphere": "mean = [0.6, 0.0, 0.8], ", "zonal": ""}


def bump(kind, concentration=2.0):
    """A von Mises–Fisher density as a table on one line."""
    return f'{{kind = "von_mises_fisher", {MEANS[kind]}concentration = {concentration}}}'


def case(label, kind="circle", initial=None, name="labels", **numbers):
    """The case of a label's table, given as TOML without its heading; slices and perturbation included."""
    given = {"degree": 15, "normalization": "softmax", "beta": 1.0, "end": 0.5, "tolerance": 1e-10, **numbers}
    given["dimension"] = f"dimension = {given.pop('dimension', 5)}" if kind == "zonal" else ""
    text = HEAD.format(kind=kind, **given)
    if initial is not None:
        text += f"[initial]\n{initial}\n"
    return Case.parse(text + (f"[label]\n{label}" if label else ""), name=name)


def slices(*stretches):
    """The slices of (upto, initial) pairs."""
    return "".join(f"[[label.slices]]\nupto = {upto}\ninitial = {initial}\n" for upto, initial in stretches)
