# SPDX-License-Identifier: Apache-2.0
"""Reads a folder's events as TensorBoard does: -> scalars.txt, a line "tag step value" each."""
import sys
from pathlib import Path

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    sys.exit(77)

folder = Path(sys.argv[1])
events = EventAccumulator(str(folder))
events.Reload()
lines = [f"{tag} {scalar.step} {scalar.value}\n"
         for tag in events.Tags()["scalars"] for scalar in events.Scalars(tag)]
(folder / "scalars.txt").write_text("".join(lines))
