"""Small valid cases from which the tests of the case file start."""

import json

SPACES = {
    "circle": 'kind = "circle"\ndegree = 32',
    "sphere": 'kind = "sphere"\ndegree = 32',
    "zonal": 'kind = "zonal"\ndimension = 5\ndegree = 32',
}

MEANS = {"circle": "mean = [3.0, 4.0]", "sphere": "mean = [0.0, 3.0, 4.0]", "zonal": ""}

DIRECTED = {
    "linear": "slope = -0.5",
    "von_mises_fisher": "concentration = 2",
    "poisson": "radius = 0.25",
    "band": "latitude = 0.5\nwidth = 0.1",
    "cap": "angle = 1.0",
}

UNDIRECTED = {
    "uniform": "",
    "random": "amplitude = 0.01\nmax_degree = 8\nseed = 3",
    "record": 'path = "earlier.h5"\ntime = 2.0',
}

KINDS = (*UNDIRECTED, *DIRECTED, "mixture", "harmonics")


def initial(kind, space="sphere"):
    """Write the keys of [initial] for a kind in a space."""
    if kind in UNDIRECTED:
        keys = UNDIRECTED[kind]
    elif kind in DIRECTED:
        keys = f"{MEANS[space]}\n{DIRECTED[kind]}"
    elif kind == "mixture":
        where = MEANS[space] or "axis = -1"
        bumps = [f"{{ {where}, concentration = {c}, weight = {w} }}" for c, w in ((4, 3), (-2.5, 1))]
        keys = f"components = [{', '.join(bumps)}]"
    else:
        order = {"circle": "order = -2, ", "sphere": "order = 1, ", "zonal": ""}[space]
        keys = f"terms = [{{ degree = 2, {order}amplitude = 0.1 }}]"
    return f"kind = {json.dumps(kind)}\n{keys}"


def case_text(space="sphere", kind="uniform", attention='normalization = "softmax"\nbeta = 1.0', rest=""):
    """Write a small valid case."""
    tables = {
        "space": SPACES[space],
        "attention": attention,
        "initial": initial(kind, space),
        "time": "end = 2.0",
    }
    body = "\n\n".join(f"[{name}]\n{keys}" for name, keys in tables.items())
    return f'title = "A small case"\n\n{body}\n\n{rest}\n'
