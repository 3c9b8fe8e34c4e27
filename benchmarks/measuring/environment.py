# SPDX-License-Identifier: Apache-2.0
"""The peers' virtual environment: made once, completed when the list of requirements has changed."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .sides import Unavailable


def site_packages(environment: Path) -> Path | None:
    return next(environment.glob("lib/python3*/site-packages"), None)


def share_packages(environment: Path, project: Path) -> None:
    """What the project's own environment holds (LibTorch above all) is not downloaded a second time.

    Only between equal versions of Python; a package of another version than the list demands is installed anew.
    """
    own, other = site_packages(environment), site_packages(project)
    if own and other and own.parent.name == other.parent.name:
        (own / "shared.pth").write_text(f"{other}\n")


def peers_python(environment: Path, requirements: Path, project: Path) -> Path:
    """The interpreter of the peers' environment; raises Unavailable where it cannot be made."""
    python, stamp = environment / "bin" / "python", environment / "installed.txt"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return python
    print(f"installing {requirements.name} into {environment}", file=sys.stderr)
    if not python.exists():
        run([sys.executable, "-m", "venv", environment])
    share_packages(environment, project)
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements])
    stamp.write_text(requirements.read_text())
    return python


def run(command: list) -> None:
    words = [str(word) for word in command]
    if subprocess.run(words, stdout=sys.stderr, check=False).returncode != 0:
        raise Unavailable(f"the peers' environment was not made: {' '.join(words)} failed")
