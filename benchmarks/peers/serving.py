# SPDX-License-Identifier: Apache-2.0
"""The protocol of a worker (benchmarks/peers/serve.hpp is the same in C++)."""
from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

MISSING = 77


def need(*names: str) -> list[ModuleType]:
    """Imports modules, or ends with a sentence for the table."""
    try:
        return [import_module(name) for name in names]
    except ImportError as error:
        print(f"not installed: {error}", flush=True)
        sys.exit(MISSING)


def megabytes(field: str) -> float:
    """VmRSS (held now) or VmHWM (the most so far) of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def serve(once: Callable[[], object], values: Callable[[], dict] | None = None, pieces: int = 1) -> None:
    """Says "ready", then works once for each line of stdin and answers times, memory and values in JSON."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to the log
    held = megabytes("VmRSS")
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        Path("/proc/self/clear_refs").write_text("5")  # Linux forgets the greatest resident size
        start, cpu = time.perf_counter(), time.process_time()
        once()
        spent = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
        answer = {**{clock: seconds / pieces for clock, seconds in spent.items()}, "peak_mb": megabytes("VmHWM") - held,
                  "values": values() if values else {}}
        print(json.dumps(answer), file=answers, flush=True)
