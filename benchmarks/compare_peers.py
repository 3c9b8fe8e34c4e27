#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tazuna beside its peers, on the same data in one run: a table of medians, ratios and targets.

    compare_peers.py --work DIR [--data TAZUNA_DATA] [--only P9 P11] [--cpus 0]

Needs a build with -DTAZUNA_BENCHMARKS=ON and a quiet machine. Makes a virtual environment for the peers (nnU-Net,
MONAI, TorchIO, nibabel, SimpleITK, surface-distance) at the first call. All sides of a comparison take turns;
what has been measured stays in DIR/results and is not measured again unless --again. A peer that is missing costs
its own rows alone, which are tried anew at the next call. The table goes to stdout, DIR/peers.tsv and DIR/peers.md.

P1, P2 and P7 take long: nnU-Net's training steps, and a network that is trained first (some ten minutes on two cores).
"""
from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from measuring import command_targets, data_targets, network_targets
from measuring.comparison import Comparison, Measured, Row, measure, row_of
from measuring.environment import peers_python
from measuring.places import Places, find_tcmalloc
from measuring.sides import Missing, Unavailable
from measuring.table import commit_of, head, markdown, plain, tsv

ROOT = Path(__file__).resolve().parent.parent


def targets(places: Places, trained: Path | None) -> dict[str, Callable[[], list[Comparison]]]:
    """The list of targets, each made when it is wanted."""
    made = {name.upper(): getattr(module, name) for module, names in (
        (network_targets, ("p1", "p2", "p3", "p4", "p5", "p6")), (data_targets, ("p8", "p9", "p10", "p11")),
        (command_targets, ("p12", "p13", "p14"))) for name in names}
    all_targets = {name: (lambda make=make: make(places)) for name, make in made.items()}
    all_targets["P7"] = lambda: command_targets.p7(places, trained)
    return dict(sorted(all_targets.items(), key=lambda item: int(item[0][1:])))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="inputs, runs and results are kept here; 3 GB at most")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin",
                        help="folder of tazuna and bench_worker (default: build/release/bin)")
    parser.add_argument("--data", type=Path, default=os.environ.get("TAZUNA_DATA"),
                        help="folder with Task04_Hippocampus, for P1, P2, P7, P12 to P14 (default: $TAZUNA_DATA)")
    parser.add_argument("--only", nargs="+", metavar="P", help="these targets, as in P9 P11 (default: all)")
    parser.add_argument("--repetitions", type=int, default=5, help="of each side, at least (default: 5)")
    parser.add_argument("--again", action="store_true", help="measure what has been measured before")
    parser.add_argument("--cpus", help="cores to use, as in 0 or 0,1 (default: all that this process may use)")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: processor time of all threads, on one core of a machine that is not quiet; training "
                             "steps with a loader stay by the wall clock")
    parser.add_argument("--environment", type=Path, default=ROOT / "build" / "peers",
                        help="the peers' virtual environment (default: build/peers)")
    parser.add_argument("--no-peers", action="store_true", help="make no environment: Tazuna and LibTorch alone")
    parser.add_argument("--nnunet", type=Path, metavar="DIR",
                        help="P7: a finished nnunet_reference.py (DIR/nnunet of nnunet_parity.py) instead of training")
    parser.add_argument("--tcmalloc", type=Path, metavar="FILE", help="P2: the library, where it is not installed")
    return parser.parse_args()


def pin(cpus: str | None) -> None:
    """Cores and threads of everything that is started from here."""
    if cpus:
        os.sched_setaffinity(0, {int(one) for one in cpus.split(",")})
        os.environ["OMP_NUM_THREADS"] = str(len(os.sched_getaffinity(0)))


def places_of(options: argparse.Namespace) -> Places:
    python, reason = None, "left out by --no-peers"
    if not options.no_peers:
        try:
            python = peers_python(options.environment, ROOT / "benchmarks" / "requirements-peers.txt", ROOT / ".venv")
        except Unavailable as problem:
            reason = str(problem)
    work = options.work.resolve()
    (work / "results").mkdir(parents=True, exist_ok=True)
    data = Path(options.data).resolve() if options.data else None
    return Places(ROOT, options.bin.resolve(), work, data, python and python.absolute(), reason,
                  find_tcmalloc(options.tcmalloc))


def measured_rows(comparison: Comparison, places: Places, options: argparse.Namespace) -> list[Row]:
    """Rows of a comparison, measured now or taken from the work folder."""
    file = places.work / "results" / f"{comparison.id.replace(' ', '_')}.json"
    commit, cores = commit_of(ROOT), sorted(os.sched_getaffinity(0))
    kept = json.loads(file.read_text()) if file.exists() and not options.again else None
    absent = {side.name for side in comparison.sides if isinstance(side, Missing)}
    if kept is None or kept["cores"] != cores or kept["missing"].keys() - absent:
        measured = measure(comparison, options.repetitions)
        kept = {"commit": commit, "cores": cores, **measured.as_json()}
        file.write_text(json.dumps(kept, indent=1))
    clock = "cpu_seconds" if options.clock == "cpu" else "seconds"
    rows = [row_of(comparison, claim, Measured.from_json(kept), clock) for claim in comparison.claims]
    for row in rows:
        if kept["commit"] != commit:
            row.note = "; ".join(part for part in (row.note, f"measured at commit {kept['commit']}") if part)
    return rows


def main() -> int:
    options = arguments()
    pin(options.cpus)
    places = places_of(options)
    known = targets(places, options.nnunet and options.nnunet.resolve())
    strange = [name for name in options.only or () if name.upper() not in known]
    if strange:
        print(f"--only: there is no {', '.join(strange)}; known: {' '.join(known)}", file=sys.stderr)
        return 2
    lines = head(ROOT, places.tazuna, places.python, options.repetitions)
    if options.clock == "cpu":
        lines.append("seconds are processor time of all threads, since the machine was not quiet")
    rows: list[Row] = []
    for name, make in known.items():
        if options.only and name not in [one.upper() for one in options.only]:
            continue
        for comparison in make():
            rows += measured_rows(comparison, places, options)
            (places.work / "peers.tsv").write_text(tsv(lines, rows))
            (places.work / "peers.md").write_text(markdown(lines, rows))
    print("\n".join(lines) + "\n\n" + plain(rows), end="")
    return 0 if all(row.verdict != "missed" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
