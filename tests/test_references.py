"""Docstrings and tables name the tests that show what they say: each of these tests exists."""

import re
from pathlib import Path

import kinetic

PACKAGE, TESTS = Path(kinetic.__file__).parent, Path(__file__).parent
NAMED = re.compile(r"(?:tests/)?((?:\w+/)*test_\w+\.py)(?:::(\w+))?")


def missing(text, there):
    """What a text names that is not there: files by the end of their path, functions by their definition."""
    found = []
    for path, function in NAMED.findall(text):
        sources = [source for name, source in there.items() if name == path or name.endswith(f"/{path}")]
        if not any(f"def {function}(" in source if function else True for source in sources):
            found.append(f"{path}::{function}" if function else path)
    return found


def test_every_test_that_the_package_names_exists():
    there = {str(path.relative_to(TESTS)): path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    texts = [path for ending in ("py", "md") for path in PACKAGE.rglob(f"*.{ending}")]
    wrong = {str(path): missing(path.read_text(encoding="utf-8"), there) for path in texts}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_a_name_of_nothing_is_found():
    there = {"laws/test_balance.py": "def test_one():"}
    assert missing("(tests/laws/test_balance.py, test_balance.py::test_one)", there) == []
    assert missing("(tests/test_balances.py)", there) == ["test_balances.py"]
    assert missing("laws/test_balance.py::test_two", there) == ["laws/test_balance.py::test_two"]
