"""`compare --particles`: what is said of tokens beside a density, and nothing where nothing holds."""

import json

from small_records import record_of
from typer.testing import CliRunner

from kinetic.cli import app


def called(*arguments):
    return CliRunner().invoke(app, ["compare", *arguments], catch_exceptions=False)


def test_no_parting_time_is_told_where_no_law_gives_one():
    # t = 0.6: the density is far from one Dirac mass, and of what comes nothing is known
    result = called(str(record_of("circle").path), "--particles", "200")
    assert "N tokens beside the density" in result.stdout
    assert "part" not in result.stdout.split("N tokens beside the density")[1]


def test_the_same_numbers_as_plain_data():
    record = record_of("sphere")
    result = called(str(record.path), "--particles", "500", "--seed", "3", "--json")
    (found,) = json.loads(result.stdout)[0]["particles"]
    assert found["parting_time"] is None
    assert found["time"] == record.observables["time"].tolist()
    assert found["largest_difference"] < 3 / 500**0.5
