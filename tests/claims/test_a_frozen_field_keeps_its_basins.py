"""Mean-shift without blurring: clusters have the masses of the basins of the initial field; blurring moves them."""

from claims.records import bumps, case, judged, run, with_densities

BUMPS = bumps((0.0, 3.0, 0.5), (2.498, 3.0, 0.3), (-1.877, 6.0, 0.2))


def text(initial, beta, frozen, end):
    content = case("circle", 2, "softmax", beta, initial, end=end, degree=400, observe_every=end, save_every=end)
    return content.replace(f"beta = {beta}", f"beta = {beta}\nfrozen = {str(frozen).lower()}").replace("1e-11", "1e-9")


def test_masses_are_those_of_the_basins():
    record = run(text(bumps((0.0, 16.0, 0.6), (2.6, 25.0, 0.4)), 8.0, True, 4.0))
    row = judged("frozen_masses", record)
    assert row.verdict == "pass"
    assert judged("energy_identity", record).verdict == "pass"
    assert judged("energy_monotone", record).reason == "needs attention.frozen = false"
    other = run(text(bumps((0.0, 16.0, 0.5), (2.6, 25.0, 0.5)), 8.0, True, 0.1))
    wrong = with_densities(record, {0: other.density(0)})
    assert judged("frozen_masses", wrong).verdict == "fail"


def test_blurring_ends_with_other_masses():
    # the bundled case, whose basins hold 0.5127, 0.2810 and 0.2063, with the field of the density itself
    record = run(text(BUMPS, 5.0, False, 4.0))
    assert judged("frozen_masses", record).reason == "needs attention.frozen = true"
    masses = record.clusters["mass"][-1]
    assert masses[0] + (1.0 - masses.sum()) < 0.50
