# SPDX-License-Identifier: Apache-2.0
"""Runs a command of nnU-Net's by its name, wherever its package lies: nnunet_command.py nnUNetv2_predict -i ..."""
import importlib.metadata
import sys


def main() -> None:
    name = sys.argv.pop(1)
    points = importlib.metadata.entry_points(group="console_scripts", name=name)
    if not points:
        sys.exit(f"nnU-Net is not installed, or has no command {name}")
    sys.argv[0] = name
    next(iter(points)).load()()


if __name__ == "__main__":
    main()
