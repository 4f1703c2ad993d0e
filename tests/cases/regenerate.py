"""Make `expected.json` anew and print what changed: `python tests/cases/regenerate.py [--full] [CASE …]`.

Every case is run with the overrides that the table has for it (none for a new case: if it then takes more than three
seconds, add overrides and a reason to the table by hand and run this again). `--full` also runs the shortened cases in
full, for their verdicts. Look at each change before you commit it: a number that moved by more than the tolerance is
either an improvement that you can explain or a defect.
"""

import json
import sys
import time

import table

SLOW = 3.0


def entry(name, old, full):
    """One entry of the table, with the time that it took."""
    began = time.monotonic()
    kept = {"overrides": old.get("overrides", []), "reason": old.get("reason")}
    new = kept | table.measured(table.run(name, kept["overrides"]))
    took = time.monotonic() - began
    if kept["overrides"]:
        new["full"] = table.verdicts(table.run(name)) if full or "full" not in old else old["full"]
    return new, took


def changes(name, old, new):
    """Lines that say how an entry changed."""
    if not old.get("observables"):
        yield "new; run python tests/cases/conditioning.py for it"
        return
    for key in ("status", "time", "verdicts", "full"):
        if old.get(key) != new.get(key):
            yield f"{key}: {old.get(key)} -> {new.get(key)}"
    for key, value in new["observables"].items():
        before = old["observables"].get(key)
        if value != before:
            within = table.agree(value, before, table.tolerance(name, key, before))
            yield f"{key}: {before!r} -> {value!r}, {'within' if within else 'BEYOND'} the tolerance"


def main(arguments):
    full = "--full" in arguments
    asked = [argument for argument in arguments if argument != "--full"]
    old = table.stored() if table.PATH.exists() else {}
    names = list(table.bundled())
    result = {name: old[name] for name in names if name in old}
    for name in asked or names:
        result[name], took = entry(name, old.get(name, {}), full)
        for line in changes(name, old.get(name, {}), result[name]):
            print(f"{name}: {line}")
        if took > SLOW:
            print(f"{name}: took {took:.1f} s; give it overrides")
    for name in sorted(set(old) - set(names)):
        print(f"{name}: removed, there is no such case")
    text = json.dumps(dict(sorted(result.items())), indent=1, ensure_ascii=False)
    table.PATH.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
