"""Clusters of a record in one line."""

import numpy as np

from kinetic.record import Record
from kinetic.report.words import number

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_GATHERED = 0.9  # of the mass: from there on what attracts has become clusters
_MOST_MASSES, _MOST_MERGERS = 6, 3


def clusters_in_words(record: Record) -> str:
    """Say how many clusters there are at the last row, and how heavy they are; nothing where they are not told."""
    masses = record.clusters.get("mass", np.zeros((0, 0)))
    if masses.size == 0:
        return ""
    last = masses[-1][np.isfinite(masses[-1])]
    if last.size == 0:
        return ""
    count = _WORDS[last.size] if last.size < len(_WORDS) else str(last.size)
    shown = ", ".join(f"{float(mass):.4g}" for mass in last[:_MOST_MASSES]) + (
        ", …" if last.size > _MOST_MASSES else ""
    )
    several = "es" if last.size > 1 else ""
    if float(last.sum()) >= _GATHERED:
        return f"{count} cluster{'s' if last.size > 1 else ''}, mass{several} {shown}{_mergers(record)}"
    plural = "points attract, masses" if last.size > 1 else "point attracts, mass"
    return f"{count} {plural} near {'them' if last.size > 1 else 'it'} {shown}"


def _mergers(record: Record) -> str:
    """Say since when clusters are followed, and when two of them have merged; nothing where none is followed."""
    found = record.clusters
    since = np.flatnonzero(found.get("followed", np.zeros(0)) >= _GATHERED)
    if since.size == 0:
        return ""
    times = [number(float(time)) for time in found.get("merger_time", np.zeros(0))]
    shown = ", ".join(times[-_MOST_MERGERS:])
    many = f"mergers at t = {'…, ' if len(times) > _MOST_MERGERS else ''}{shown}"
    told = many if len(times) > 1 else f"merger at t = {shown}" if times else "no merger"
    return f"; followed from t = {number(float(found['time'][since[0]]))}: {told}"
