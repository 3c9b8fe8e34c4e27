# SPDX-License-Identifier: Apache-2.0
"""P7: one set of weights for both sides, from what `nnunet_reference.py train` left in WORK.

nnunet_model.py WORK OUT: writes a model that nnUNetv2_predict finds (OUT/nnUNet_results, nnUNetTrainer, fold 0), the
same weights under Tazuna's names in OUT/weights.safetensors, and links to the held-out images in OUT/images.
"""
from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

DATASET = "Dataset001_Parity"
TRAINER = "{}__nnUNetPlans__3d_fullres"


def tazuna_names(state: dict) -> dict:
    """Without the aliases of dynamic-network-architectures, the segmentation layers as the task's head."""
    kept = [name for name in state if not name.startswith("decoder.encoder.") and ".all_modules." not in name]
    return {name.replace("decoder.seg_layers.", "heads.structures."): state[name].clone().contiguous() for name in kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    work, out = options.work.resolve(), options.out
    trained, model = (folder / "nnUNet_results" / DATASET / TRAINER.format(trainer)
                      for folder, trainer in ((work, "ParityTrainer"), (out, "nnUNetTrainer")))
    checkpoint = torch.load(trained / "fold_0" / "checkpoint_final.pth", map_location="cpu", weights_only=False)
    checkpoint["trainer_name"] = "nnUNetTrainer"
    (model / "fold_0").mkdir(parents=True, exist_ok=True)
    for name in ("plans.json", "dataset.json"):
        shutil.copyfile(trained / name, model / name)
    torch.save(checkpoint, model / "fold_0" / "checkpoint_final.pth")
    save_file(tazuna_names(checkpoint["network_weights"]), out / "weights.safetensors")
    images = out / "images"
    images.mkdir(exist_ok=True)
    splits = json.loads((work / "nnUNet_preprocessed" / DATASET / "splits_final.json").read_text())
    for case in splits[0]["val"]:
        link = images / f"{case}_0000.nii.gz"
        if not link.exists():
            link.symlink_to((work / "nnUNet_raw" / DATASET / "imagesTr" / link.name).resolve())


if __name__ == "__main__":
    main()
