import numpy as np
import pytest

from kinetic.charts.elements import LARGEST_ORDER, element_of_order

ORDERS = (1, 2, 5, 11, 20, LARGEST_ORDER)


@pytest.mark.parametrize("order", ORDERS)
def test_the_rule_is_exact_to_its_degree_and_no_further(order):
    element = element_of_order(order)
    for degree in range(element.exact_to + 1):
        assert abs(element.weights @ element.points**degree - 1 / (degree + 1)) < 1e-14
    square = (element.points[:, None] - element.points).T.prod(axis=1) if order < 2 else None
    if square is not None:  # ∫ Π (x − x_j)² > 0 = its sum: the first degree that the rule gets wrong
        assert element.weights @ (element.points - 0.5) ** 4 != pytest.approx(1 / 80, rel=1e-2)


@pytest.mark.parametrize("order", ORDERS)
def test_halving_differentiating_and_extending_keep_every_polynomial_of_the_element(order):
    element = element_of_order(order)
    # Legendre polynomials of [0, 1]: of size one, so that rounding is k² ε at worst (differentiation)
    for degree in range(order + 1):
        p = np.polynomial.Legendre.basis(degree, domain=[0, 1])
        values = p(element.points)
        assert np.allclose(element.halves[0] @ values, p(0.5 * element.points), atol=1e-13)
        assert np.allclose(element.halves[1] @ values, p(0.5 + 0.5 * element.points), atol=1e-13)
        assert np.allclose(element.ends @ values, p(np.array([0.0, 1.0])), atol=1e-12)
        assert np.allclose(element.derivative @ values, p.deriv()(element.points), atol=1e-12 * (1 + order) ** 2)
        modes = element.modes @ values
        assert abs(modes[degree] - 1 / np.sqrt(2 * degree + 1)) < 1e-13
        assert np.abs(np.delete(modes, degree)).max(initial=0.0) < 1e-13
