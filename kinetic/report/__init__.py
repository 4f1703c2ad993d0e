"""What a run found, as tables and lines for a terminal, and as data for JSON.

Responsible for how numbers, verdicts and records are shown to people: six significant digits, eighty columns,
nothing in a record's text taken for markup or for commands to the terminal. Refuses to know how a number was
computed and what a claim means; it prints nothing itself.
"""

from kinetic.report.clusters import clusters_in_words
from kinetic.report.data import claims_json, record_json
from kinetic.report.summary import LABEL, handed_over, summary
from kinetic.report.tables import claims_table, considered, empty_table, measured_table
from kinetic.report.words import SYMBOLS, WIDTH, number, prediction

__all__ = [
    "LABEL",
    "SYMBOLS",
    "WIDTH",
    "claims_json",
    "claims_table",
    "clusters_in_words",
    "considered",
    "empty_table",
    "handed_over",
    "measured_table",
    "number",
    "prediction",
    "record_json",
    "summary",
]
