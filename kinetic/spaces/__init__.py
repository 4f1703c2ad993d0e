"""Truncated bases of functions on the sphere S^{d-1}, and their values at quadrature nodes."""
