#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How Tazuna's cost grows with voxels, classes, cases and threads.

    scaling.py --work DIR [--data TAZUNA_DATA] [--only voxels threads] [--cpus 0]

Needs a build with -DTAZUNA_BENCHMARKS=ON and a quiet machine. All sizes take turns. The last column is the exponent
between neighbouring rows: 1 grows in proportion, 0 not at all, -1 means twice the threads, half the time. The table
goes to stdout and to DIR/scaling.md.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from compare_peers import ROOT, pin
from measuring.command_targets import SMALL
from measuring.comparison import Comparison, figures, measure, spread
from measuring.places import Places
from measuring.sides import Side, Unavailable
from measuring.table import head


@dataclass
class Scale:
    """One quantity that grows: a side a value."""

    work: str
    unit: str
    sides: dict[float, Side]


def network(places: Places, key: str, *arguments: object, threads: int = 0) -> Side:
    before = ["--threads", threads] if threads else []
    return places.worker(key, *before, "network", *arguments)


def voxels(places: Places) -> list[Scale]:
    edges = (32, 48, 64, 80, 96)
    scales = []
    for work, flags in (("training step of the U-Net, batch 2", ()), ("its inference", ("--inference",))):
        sides = {edge**3: network(places, f"{edge} {work}", "--size", f"{edge},{edge},{edge}", *flags)
                 for edge in edges}
        scales.append(Scale(work, "voxels", sides))
    return scales


def classes(places: Places) -> list[Scale]:
    counts = (2, 4, 8, 16, 32)
    return [Scale("training step of the 64^3 U-Net, batch 2", "classes",
                  {count: network(places, f"{count} classes", "--classes", count) for count in counts})]


def threads(places: Places) -> list[Scale]:
    most = len(os.sched_getaffinity(0))
    counts = sorted({1, most, *(2**power for power in range(10) if 2**power <= most)})
    return [Scale("training step of the 64^3 U-Net, batch 2", "threads",
                  {count: network(places, f"{count} threads", threads=count) for count in counts})]


def part_of_dataset(places: Places, count: int) -> Path:
    """The first cases of the hippocampi as a dataset of their own, by links."""
    whole, part = places.dataset(), places.work / f"hippocampus_{count}"
    if (part / "dataset.json").exists():
        return part
    facts = json.loads((whole / "dataset.json").read_text())
    names = sorted(file.name for file in (whole / "labelsTr").glob("[!._]*.nii.gz"))[:count]
    for folder in ("imagesTr", "labelsTr"):
        (part / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (part / folder / name).unlink(missing_ok=True)
            (part / folder / name).symlink_to((whole / folder / name).resolve())
    facts["numTraining"], facts["test"] = len(names), []
    facts["training"] = [{"image": f"./imagesTr/{name}", "label": f"./labelsTr/{name}"} for name in names]
    (part / "dataset.json").write_text(json.dumps(facts))
    return part


def cases(places: Places) -> list[Scale]:
    """`tazuna train` with one step of a small network: what is left is reading, planning and preparing."""
    sides = {}
    for count in (25, 50, 100, 200):
        config = places.work / f"small_{count}.yaml"
        config.write_text(SMALL.format(data=json.dumps(str(part_of_dataset(places, count)))))
        run, cache = places.work / "runs" / f"cases_{count}", places.work / f"cache_{count}"
        sides[count] = places.train(f"{count} cases", places.train_command(config, run, cache), (run, cache))
    return [Scale("fingerprint, plan and prepare the hippocampi", "cases", sides)]


TABLES = {"voxels": voxels, "classes": classes, "cases": cases, "threads": threads}


def rows_of(scale: Scale, repetitions: int) -> list[str]:
    """Markdown rows: work, value, figure, exponent."""
    comparison = Comparison(scale.unit, scale.work, list(scale.sides.values()), [])
    measured = measure(comparison, repetitions)
    rows, before = [], None
    for value, side in scale.sides.items():
        if side.name in measured.missing:
            rows.append(f"| {scale.work} | {value:g} {scale.unit} | not measured: {measured.missing[side.name]} | |")
            continue
        seconds = figures(measured.readings[side.name])
        now = (value, statistics.median(seconds))
        exponent = f"{math.log(now[1] / before[1]) / math.log(now[0] / before[0]):.2f}" if before else ""
        rows.append(f"| {scale.work} | {value:g} {scale.unit} | {spread(seconds)} | {exponent} |")
        before = now
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="runs and the table are kept here")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin",
                        help="folder of tazuna and bench_worker (default: build/release/bin)")
    parser.add_argument("--data", type=Path, default=os.environ.get("TAZUNA_DATA"),
                        help="folder with Task04_Hippocampus, for cases (default: $TAZUNA_DATA)")
    parser.add_argument("--only", nargs="+", choices=TABLES, help="what grows (default: all)")
    parser.add_argument("--repetitions", type=int, default=5, help="of each size (default: 5)")
    parser.add_argument("--cpus", help="cores to use, as in 0 or 0,1 (default: all that this process may use)")
    options = parser.parse_args()
    pin(options.cpus)
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    data = Path(options.data).resolve() if options.data else None
    places = Places(ROOT, options.bin.resolve(), work, data, python=None)
    lines = [f"* {line}" for line in head(ROOT, places.tazuna, None, options.repetitions)]
    lines += ["", "| work | of | median (least to most) | exponent |", "|---|---|---|---|"]
    for name in options.only or TABLES:
        try:
            for scale in TABLES[name](places):
                lines += rows_of(scale, options.repetitions)
        except Unavailable as reason:
            lines.append(f"| {name} | | not measured: {reason} | |")
        (work / "scaling.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
