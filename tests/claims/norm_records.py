"""Short runs of tokens with norms, and of rings in a finite context."""

from claims.records import case, run

SCHEMES = ("post", "pre", "mix", "peri", "ngpt", "ln_scaling")
KEYS = {
    "pre": "radius = 1.3",
    "peri": "radius = 1.3",
    "mix": "radius = 1.3\nswitch_time = 0.4",
    "ngpt": "rate = [[0.0, 0.5], [2.0, 2.5]]",
}
"""A layer norm of each kind whose numbers are none of the defaults."""


def normed(text, scheme, keys=None):
    """The text of a case with a layer norm."""
    return f'{text}[layer_norm]\nscheme = "{scheme}"\n{KEYS.get(scheme, "") if keys is None else keys}\n'


def by_tokens(text, scheme):
    """The same in the chart of tokens, where the scheme leaves a choice."""
    chart = 'chart = "mercator"' if scheme in ("post", "ln_scaling") else "degree = 16"
    return text.replace("degree = 15", chart)


def ring_in_context(n, beta, d=512, end=0.02, latitude=0.7071067811865476, tolerance=1e-7, rows=5):
    """The text of a narrow ring in a context of n tokens."""
    band = f'kind = "band"\nlatitude = {latitude!r}\nwidth = 0.001'
    text = case("zonal", d, "softmax", beta, band, end, observe_every=end / rows, save_every=end)
    text = text.replace("degree = 15", 'chart = "mercator"').replace("tolerance = 1e-11", f"tolerance = {tolerance}")
    return text.replace("[initial]", f"context_length = {n}\n[initial]") if n else text


__all__ = ["KEYS", "SCHEMES", "by_tokens", "case", "normed", "ring_in_context", "run"]
