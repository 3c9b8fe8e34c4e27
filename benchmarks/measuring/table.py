# SPDX-License-Identifier: Apache-2.0
"""The head (machine, commit, versions) and the table, for people and as TSV and markdown."""
from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import astuple, fields
from pathlib import Path

from .comparison import Row

TITLES = ("id", "work", "ours", "figure", "reference", "its figure", "ratio", "target", "verdict", "note")


def output_of(command: list, folder: Path | None = None) -> str:
    """Of a command that may not be there: then nothing."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def commit_of(root: Path) -> str:
    commit = output_of(["git", "rev-parse", "--short", "HEAD"], root) or "unknown"
    changed = output_of(["git", "status", "--porcelain", "--untracked-files=no"], root)
    return commit + (" with changes" if changed else "")


def head(root: Path, tazuna: Path, python: Path | None, repetitions: int) -> list[str]:
    """What the figures depend on, a line a fact."""
    cores = sorted(os.sched_getaffinity(0))
    wanted = ("torch", "nnunetv2", "monai", "torchio", "nibabel", "SimpleITK", "surface-distance", "scipy")
    lookup = ("import importlib.metadata as m, sys\nfor name in sys.argv[1:]:\n try: print(name, m.version(name))\n"
              " except m.PackageNotFoundError: print(name, 'missing')")
    peers = output_of([python, "-c", lookup, *wanted]).replace("\n", ", ") if python else "no environment"
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return [
        f"processor: {processor()}, cores used: {len(cores)} of {os.cpu_count()} ({','.join(map(str, cores))}), "
        f"{memory_gigabytes():.0f} GB, {platform.system()} {platform.release()}",
        f"OMP_NUM_THREADS: {threads}; load over 1, 5, 15 minutes before the start: {load}",
        f"commit: {commit_of(root)}; {output_of([tazuna, '--version'])}",
        f"peers: {peers}",
        f"median (least to most) of {repetitions} repetitions, all sides by turns",
    ]


def cells(row: Row) -> list[str]:
    return [" ".join(str(cell).split()) for cell in astuple(row)]


def markdown(lines: list[str], rows: list[Row]) -> str:
    text = "".join(f"* {line}\n" for line in lines) + "\n"
    text += "| " + " | ".join(TITLES) + " |\n|" + "---|" * len(TITLES) + "\n"
    for row in rows:
        text += "| " + " | ".join(cell.replace("|", "/") for cell in cells(row)) + " |\n"
    return text


def tsv(lines: list[str], rows: list[Row]) -> str:
    text = "".join(f"# {line}\n" for line in lines) + "\t".join(field.name for field in fields(Row)) + "\n"
    return text + "".join("\t".join(cells(row)) + "\n" for row in rows)


def plain(rows: list[Row]) -> str:
    """For a terminal: columns as wide as they need, the notes below."""
    shown = [TITLES[:-1], *(cells(row)[:-1] for row in rows)]
    widths = [max(len(line[column]) for line in shown) for column in range(len(shown[0]))]
    text = "".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + "\n" for line in shown)
    return text + "".join(dict.fromkeys(f"{row.id} {row.ours}: {row.note}\n" for row in rows if row.note))
