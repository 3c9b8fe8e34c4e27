# SPDX-License-Identifier: Apache-2.0
"""P1, P2: one training step of nnU-Net at a time, its loader included, as its trainer takes them.

nnunet_step.py WORK, where WORK was prepared by `nnunet_reference.py prepare`. Nothing is set that its users do not
set: the number of loader processes is its own choice.
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from types import SimpleNamespace

from serving import need, serve

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    work = parser.parse_args().work
    places = {name: work / name for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    os.environ.update({name: str(folder) for name, folder in places.items()}, MPLBACKEND="Agg")
    torch, reference = need("torch", "nnunet_reference")
    torch.manual_seed(1)
    trainer = reference.make_trainer(SimpleNamespace(fold=0, epoch=250, steps=250_000), places)
    trainer.initialize()
    trainer.on_train_start()
    trainer.on_train_epoch_start()
    losses = []

    def once() -> None:
        losses[:] = [trainer.train_step(next(trainer.dataloader_train))["loss"]]

    serve(once, lambda: {"loss": float(losses[0])})


if __name__ == "__main__":
    main()
