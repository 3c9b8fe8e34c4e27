# SPDX-License-Identifier: Apache-2.0
"""A comparison: its sides, measured by turns, and what is demanded of their ratio."""
from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from .sides import Reading, Side, Unavailable

Readings = dict[str, list[Reading]]


@dataclass(frozen=True)
class Claim:
    """What one side is held against.

    `kind`: "faster", the reference's seconds over ours at least `limit`; "times", ours over the reference's at
    most `limit`; "value", our `key` ("seconds" or one that the run told) at most `limit`. Of several references
    the fastest counts. Without a limit the ratio is shown and nothing demanded.
    """

    ours: str
    references: tuple[str, ...] = ()
    limit: float | None = None
    kind: str = "faster"
    key: str = "seconds"
    unit: str = "s"
    note: str = ""


@dataclass
class Comparison:
    """One line of the list of targets. `agree` looks at all readings and returns what differs, "" if nothing."""

    id: str
    work: str
    sides: list[Side]
    claims: list[Claim]
    warm_up: int = 1
    least: int = 1  # repetitions, where one takes no time
    agree: Callable[[Readings], str] | None = None
    setup: Callable[[], None] | None = None


@dataclass
class Measured:
    """What came out; as_json() is what is kept on disk."""

    readings: Readings = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    disagreement: str = ""

    def as_json(self) -> dict:
        kept = {name: [[one.seconds, one.values] for one in runs] for name, runs in self.readings.items()}
        return {"readings": kept, "missing": self.missing, "disagreement": self.disagreement}

    @staticmethod
    def from_json(kept: dict) -> "Measured":
        readings = {name: [Reading(*one) for one in runs] for name, runs in kept["readings"].items()}
        return Measured(readings, kept["missing"], kept["disagreement"])


def measure(comparison: Comparison, repetitions: int) -> Measured:
    """Runs all sides by turns, beginning with another one each time; a side that fails drops out."""
    measured, repetitions = Measured(), max(repetitions, comparison.least)
    try:
        if comparison.setup:
            comparison.setup()
    except Unavailable as reason:
        measured.missing = {claim.ours: str(reason) for claim in comparison.claims}
        return measured
    ready: list[Side] = []
    try:
        for side in comparison.sides:
            attempt(measured, side, side.prepare)
            if side.name not in measured.missing:
                ready.append(side)
                measured.readings[side.name] = []
        for turn in range(-comparison.warm_up, repetitions):
            for place in range(len(ready)):
                side = ready[(place + turn) % len(ready)]
                if side.name in measured.missing:
                    continue
                reading = attempt(measured, side, side.once)
                if reading is not None and turn >= 0:
                    measured.readings[side.name].append(reading)
            print(f"\r{comparison.id}: {max(0, turn + 1)} of {repetitions} turns", end="", file=sys.stderr, flush=True)
    finally:
        for side in comparison.sides:
            side.close()
        print(file=sys.stderr)
    for name in measured.missing:
        measured.readings.pop(name, None)
    if comparison.agree:
        measured.disagreement = comparison.agree(measured.readings)
    return measured


def attempt(measured: Measured, side: Side, action: Callable[[], Reading | None]) -> Reading | None:
    try:
        return action()
    except Unavailable as reason:
        measured.missing[side.name] = str(reason)
        return None


def figures(runs: list[Reading], key: str = "seconds") -> list[float]:
    return [one.seconds if key == "seconds" else one.values[key] for one in runs]


def tells(runs: list[Reading], key: str) -> bool:
    return bool(runs) and (key == "seconds" or all(key in one.values for one in runs))


@dataclass
class Row:
    """A claim with its figures as text."""

    id: str
    work: str
    ours: str
    ours_figure: str
    reference: str
    reference_figure: str
    ratio: str
    target: str
    verdict: str
    note: str


def amount(value: float, unit: str = "s") -> str:
    if unit == "s" and value < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} {unit}".strip()


def spread(values: list[float], unit: str = "s") -> str:
    """ "1.23 s (1.2 to 1.3)"."""
    middle = statistics.median(values)
    scale = 1e3 if unit == "s" and middle < 1 else 1
    return f"{amount(middle, unit)} ({min(values) * scale:.3g} to {max(values) * scale:.3g})"


def target_text(claim: Claim) -> str:
    if claim.limit is None:
        return ""
    if claim.kind == "faster":
        return f">= {claim.limit:g}x"
    return f"<= {claim.limit:g}x" if claim.kind == "times" else f"<= {amount(claim.limit, claim.unit)}"


def row_of(comparison: Comparison, claim: Claim, measured: Measured, clock: str = "seconds") -> Row:
    """The claim judged on the medians of what was measured; times by `clock` (or "cpu_seconds") where all tell it."""
    row = Row(comparison.id, comparison.work, claim.ours, "", ", ".join(claim.references), "", "", target_text(claim),
              "not measured", claim.note)
    here = [name for name in claim.references if name in measured.readings]
    lacking = [name for name in (claim.ours, *claim.references) if name in measured.missing]
    reasons = "; ".join(f"{name}: {measured.missing[name]}" for name in lacking)
    row.note = "; ".join(part for part in (claim.note, reasons, measured.disagreement) if part)
    runs = measured.readings.get(claim.ours, [])
    key = claim.key
    if key == "seconds" and all(tells(measured.readings.get(name, []), clock) for name in (claim.ours, *here)):
        key = clock
    if not tells(runs, key):
        return row
    row.ours_figure = spread(figures(runs, key), claim.unit)
    value = statistics.median(figures(runs, key))
    if claim.kind != "value":
        if not here:
            return row
        fastest = min(here, key=lambda name: statistics.median(figures(measured.readings[name], key)))
        other = statistics.median(figures(measured.readings[fastest], key))
        row.reference, row.reference_figure = fastest, spread(figures(measured.readings[fastest], key))
        value = other / value if claim.kind == "faster" else value / other
        row.ratio = f"{value:.2f}x"
    if claim.limit is None:
        row.verdict = "shown"
    else:
        met = value >= claim.limit if claim.kind == "faster" else value <= claim.limit
        row.verdict = "met" if met and not measured.disagreement else "missed"
    return row
