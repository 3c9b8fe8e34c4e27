# SPDX-License-Identifier: Apache-2.0
"""What is measured: a worker that does its work again and again, or a whole command from start to end."""
from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MISSING = 77  # exit code of a worker whose library is not installed; its last line says which


class Unavailable(Exception):
    """A side that cannot be measured here, in a sentence for the table."""


@dataclass
class Reading:
    """One run of a side: seconds by the clock, and what else it told; `cpu_seconds` are those of all its threads."""

    seconds: float
    values: dict = field(default_factory=dict)


def emptied(*folders: Path) -> Callable[[], None]:
    """What is done before a command: nothing of its last run stays."""
    def before() -> None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    return before


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def children_seconds() -> float:
    """Processor time of all commands that have ended, their own children included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Side:
    """One who does the work of a comparison."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self) -> None:
        """Everything that is not measured; raises Unavailable."""

    def once(self) -> Reading:
        raise NotImplementedError

    def close(self) -> None:
        """Ends what prepare() began."""


class Worker(Side):
    """A process that says "ready", then does its work once for each line it is given and answers in JSON.

    `paused`: it works on by itself between its turns (a loader's processes) and is stopped meanwhile.
    """

    def __init__(self, name: str, command: list, environment: dict[str, str] | None = None, paused: bool = False,
                 log: Path | None = None) -> None:
        super().__init__(name)
        self.command = [str(part) for part in command]
        self.environment = {**os.environ, **(environment or {})}
        self.paused = paused
        self.log = log or Path(os.devnull)
        self.process: subprocess.Popen | None = None

    def prepare(self) -> None:
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=self.log.open("w"), text=True, env=self.environment,
                                            start_new_session=True)
        except OSError as error:
            raise Unavailable(f"{self.command[0]}: {error.strerror}") from error
        said = ""
        for line in self.process.stdout:
            if line.strip() == "ready":
                self._pause()
                return
            said += line
        raise self._ended(said)

    def once(self) -> Reading:
        self._signal(signal.SIGCONT)
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._ended("") from None
        for line in self.process.stdout:
            if line.startswith("{"):
                self._pause()
                answer = json.loads(line)
                told = {name: answer[name] for name in ("cpu_seconds", "peak_mb")}
                return Reading(answer["seconds"], {**told, **answer["values"]})
        raise self._ended("")

    def close(self) -> None:
        if self.process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)  # to its loader's processes too
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _pause(self) -> None:
        if self.paused:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def _ended(self, said: str) -> Unavailable:
        code = self.process.wait()
        reason = last_line(said + (self.log.read_text() if self.log.is_file() else ""))
        return Unavailable(reason if code == MISSING else f"ended with code {code}: {reason}")


class Command(Side):
    """A whole command, timed from its start to its end.

    `before` clears what the last run left; `reading` completes what was measured by what this one left.
    """

    def __init__(self, name: str, command: list, environment: dict[str, str] | None = None,
                 before: Callable[[], None] | None = None,
                 reading: Callable[[Reading], Reading] = lambda reading: reading) -> None:
        super().__init__(name)
        self.command = [str(part) for part in command]
        self.environment = {**os.environ, **(environment or {})}
        self.before = before
        self.reading = reading

    def once(self) -> Reading:
        if self.before:
            self.before()
        start, cpu = time.perf_counter(), children_seconds()
        try:
            done = subprocess.run(self.command, env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        except OSError as error:
            raise Unavailable(f"{self.command[0]}: {error.strerror}") from error
        reading = Reading(time.perf_counter() - start, {"cpu_seconds": children_seconds() - cpu})
        if done.returncode != 0:
            raise Unavailable(f"ended with code {done.returncode}: {last_line(done.stdout)}")
        return self.reading(reading)


class Missing(Side):
    """A side that is known not to be here."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.reason = reason

    def prepare(self) -> None:
        raise Unavailable(self.reason)
