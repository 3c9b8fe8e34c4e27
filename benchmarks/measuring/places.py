# SPDX-License-Identifier: Apache-2.0
"""Where programs, inputs and results lie, and how sides are started from there."""
from __future__ import annotations

import ctypes.util
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .sides import Command, Missing, Reading, Side, Unavailable, Worker, emptied, last_line


@dataclass
class Places:
    root: Path
    bin: Path  # of the build with -DTAZUNA_BENCHMARKS=ON
    work: Path
    data: Path | None  # the folder of data sets
    python: Path | None  # of the peers' environment
    no_python: str = ""  # why there is none
    tcmalloc: str = ""

    @property
    def tazuna(self) -> Path:
        return self.bin / "tazuna"

    @property
    def inputs(self) -> Path:
        return self.work / "inputs"

    def log(self, name: str) -> Path:
        folder = self.work / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / ("".join(letter if letter.isalnum() else "_" for letter in name) + ".txt")

    def worker(self, name: str, *arguments: object) -> Side:
        """Tazuna's side, or the plain program's, by bench_worker."""
        program = self.bin / "bench_worker"
        if not program.exists():
            return Missing(name, f"{program.name} is not built (-DTAZUNA_BENCHMARKS=ON)")
        return Worker(name, [program, *arguments], {"OMP_WAIT_POLICY": "PASSIVE"}, log=self.log(name))

    def peer(self, name: str, script: str, *arguments: object, environment: dict[str, str] | None = None,
             paused: bool = False) -> Side:
        if self.python is None:
            return Missing(name, self.no_python)
        file = self.root / "benchmarks" / "peers" / script
        return Worker(name, [self.python, file, *arguments], environment, paused, self.log(name))

    def nnunet(self, name: str, command: str, *arguments: object, folders: dict[str, Path],
               before: Callable[[], None]) -> Side:
        """One of nnU-Net's own commands, from start to end; `folders`: nnUNet_raw and its kin."""
        if self.python is None:
            return Missing(name, self.no_python)
        script = self.root / "benchmarks" / "peers" / "nnunet_command.py"
        environment = {variable: str(folder) for variable, folder in folders.items()}
        return Command(name, [self.python, script, command, *arguments], environment, before)

    def train_command(self, config: Path, run: Path, cache: Path, *settings: str) -> list[object]:
        """`tazuna train` of everybody."""
        assigned = [part for one in (f"data.cache={cache}", *settings) for part in ("--set", one)]
        return [self.tazuna, "train", config, "--out", run, "--fold", "none", *assigned]

    def train(self, name: str, command: list[object], removed: tuple[Path, ...],
              reading: Callable[[Reading], Reading] = lambda reading: reading) -> Side:
        """Such a command, timed; the folders `removed` are removed before each run."""
        return Command(name, command, self.data_environment(), emptied(*removed), reading)

    def finish(self, command: list[object]) -> None:
        """Runs a command of Tazuna's that only prepares; raises Unavailable."""
        done = subprocess.run([str(part) for part in command], env={**os.environ, **self.data_environment()},
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{' '.join(map(str, command[:2]))} failed: {last_line(done.stderr)}")

    def data_environment(self) -> dict[str, str]:
        return {"TAZUNA_DATA": str(self.data)} if self.data else {}

    def dataset(self) -> Path:
        """The hippocampi; raises Unavailable."""
        folder = self.data / "Task04_Hippocampus" if self.data else None
        if folder is None or not folder.exists():
            raise Unavailable("needs Task04_Hippocampus: --data or TAZUNA_DATA")
        return folder

    def run(self, script: Path, *arguments: object) -> str:
        """A step of preparation in the peers' Python; its stdout. Raises Unavailable."""
        if self.python is None:
            raise Unavailable(self.no_python)
        done = subprocess.run([str(part) for part in (self.python, script, *arguments)], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{script.name} failed: {last_line(done.stderr)}")
        return done.stdout

    def make_inputs(self) -> None:
        self.run(self.root / "benchmarks" / "peers" / "make_inputs.py", self.inputs)

    def nnunet_work(self, batch: int) -> Path:
        return self.work / f"nnunet_batch_{batch}"

    def nnunet_step(self, step: str, batch: int, steps: int = 240) -> None:
        """`nnunet_reference.py STEP`, once."""
        done = self.nnunet_work(batch) / f"done.{step}"
        if done.exists():
            return
        self.run(self.root / "benchmarks" / "nnunet_reference.py", step, "--data", self.dataset(), "--work",
                 self.nnunet_work(batch), "--steps", steps, "--epoch", 20, "--batch", batch, "--fold", 0, "--seed", 1)
        done.touch()


def find_tcmalloc(given: Path | None) -> str:
    if given:
        return str(given)
    return ctypes.util.find_library("tcmalloc_minimal") or ctypes.util.find_library("tcmalloc") or ""
