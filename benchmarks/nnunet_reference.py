# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's side of nnunet_parity.py: prepare, train and predict one fold of an MSD folder on the CPU.

Each step may be interrupted and called again; it continues where it stood. nnU-Net itself is not changed: the plan
is its own 3d_fullres plan with the batch set, the trainer its own with fewer and shorter epochs.
"""
import argparse
import json
import os
import random
import time
from pathlib import Path

DATASET = "Dataset001_Parity"
CONFIGURATION = "3d_fullres"


def folders(work, step):
    """nnU-Net finds its folders through the environment, which must be set before it is imported."""
    places = {name: work / name for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    for name, folder in places.items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    # Patches are made in the training process itself: two cores have no room for more.
    os.environ.update(nnUNet_n_proc_DA="0" if step == "train" else "2", nnUNet_def_n_proc="2", nnUNet_compile="0", MPLBACKEND="Agg")
    return places


def convert(data, raw):
    """The MSD folder in nnU-Net v2's layout, by links."""
    facts = json.loads((data / "dataset.json").read_text())
    for folder, suffix in (("imagesTr", "_0000"), ("labelsTr", "")):
        (raw / folder).mkdir(parents=True, exist_ok=True)
        for file in sorted((data / folder).glob("[!._]*.nii.gz")):
            link = raw / folder / file.name.replace(".nii.gz", f"{suffix}.nii.gz")
            if not link.exists():
                link.symlink_to(file.resolve())
    (raw / "dataset.json").write_text(json.dumps({
        "channel_names": facts["modality"],
        "labels": {name: int(label) for label, name in facts["labels"].items()},
        "numTraining": len(list((raw / "labelsTr").iterdir())),
        "file_ending": ".nii.gz",
    }, indent=1))


def prepare(options, places):
    """Convert, fingerprint, plan, preprocess, divide into folds; leaves WORK/plan.json for the other side."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import (extract_fingerprints, plan_experiments,
                                                                      preprocess)
    from nnunetv2.utilities.crossval_split import generate_crossval_split

    preprocessed = places["nnUNet_preprocessed"] / DATASET
    convert(options.data, places["nnUNet_raw"] / DATASET)
    extract_fingerprints([1], num_processes=2, show_progress_bar=False)
    plan_experiments([1])
    plans_file = preprocessed / "nnUNetPlans.json"
    plans = json.loads(plans_file.read_text())
    plan = plans["configurations"][CONFIGURATION]
    plan["batch_size"] = options.batch
    plans_file.write_text(json.dumps(plans, indent=1))
    preprocess([1], configurations=[CONFIGURATION], num_processes=[2], show_progress_bar=False)
    cases = sorted(file.name.removesuffix(".nii.gz") for file in (preprocessed / "gt_segmentations").iterdir())
    splits = generate_crossval_split(cases)
    (preprocessed / "splits_final.json").write_text(json.dumps(splits, indent=1))
    layers = plan["architecture"]["arch_kwargs"]
    (options.work / "plan.json").write_text(json.dumps({
        "patch": plan["patch_size"], "spacing": plan["spacing"], "widths": layers["features_per_stage"],
        "strides": layers["strides"], "kernels": layers["kernel_sizes"], "blocks": layers["n_conv_per_stage"],
        "decoder_blocks": layers["n_conv_per_stage_decoder"], "batch_dice": plan["batch_dice"],
        "splits": str(preprocessed / "splits_final.json"),
    }, indent=1))


def make_trainer(options, places):
    """nnU-Net's own trainer: epochs short enough to lose little when interrupted, whole checkpoints only."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    class ParityTrainer(nnUNetTrainer):
        def save_checkpoint(self, filename):
            if filename.endswith("checkpoint_best.pth"):
                return
            super().save_checkpoint(filename + ".part")
            os.replace(filename + ".part", filename)

        def on_epoch_end(self):
            super().on_epoch_end()
            loss = self.logger.get_value("train_losses", step=-1)
            print(f"nnU-Net: step {self.current_epoch * self.num_iterations_per_epoch} of {options.steps}, "
                  f"loss {loss:.4f}", flush=True)

        def print_to_log_file(self, *args, also_print_to_console=True, add_timestamp=True):
            super().print_to_log_file(*args, also_print_to_console=False, add_timestamp=add_timestamp)

    preprocessed = places["nnUNet_preprocessed"] / DATASET
    plans = json.loads((preprocessed / "nnUNetPlans.json").read_text())
    plans["continue_training"] = True
    trainer = ParityTrainer(plans, CONFIGURATION, options.fold,
                            json.loads((preprocessed / "dataset.json").read_text()), torch.device("cpu"))
    trainer.num_iterations_per_epoch = options.epoch
    trainer.num_epochs = options.steps // options.epoch
    trainer.num_val_iterations_per_epoch = 1
    trainer.save_every = 1
    trainer.logger.plot_progress_png = lambda folder: None
    return trainer


def train(options, places):
    import numpy
    import torch

    torch.manual_seed(options.seed)  # initial weights
    trainer = make_trainer(options, places)
    trainer.initialize()
    for name in ("checkpoint_final.pth", "checkpoint_latest.pth"):
        checkpoint = Path(trainer.output_folder) / name
        if checkpoint.exists():
            trainer.load_checkpoint(str(checkpoint))
            break
    if trainer.current_epoch >= trainer.num_epochs:
        return
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):  # patches and augmentation
        seed(options.seed + trainer.current_epoch)
    trainer.run_training()


def predict(options, places):
    """Label maps and summary.json of the held-out cases in WORK/predicted, without mirroring."""
    import torch
    from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    trainer = make_trainer(options, places)
    trainer.initialize()
    trainer.load_checkpoint(str(Path(trainer.output_folder) / "checkpoint_final.pth"))
    trainer.set_deep_supervision_enabled(False)
    trainer.network.eval()
    predictor = nnUNetPredictor(use_mirroring=False, perform_everything_on_device=False,
                                device=torch.device("cpu"), allow_tqdm=False)
    predictor.manual_initialization(trainer.network, trainer.plans_manager, trainer.configuration_manager,
                                    [trainer.network.state_dict()], trainer.dataset_json, "nnUNetTrainer", None)
    predicted = options.work / "predicted"
    predicted.mkdir(exist_ok=True)
    _, held_out = trainer.do_split()
    images = places["nnUNet_raw"] / DATASET / "imagesTr"
    predictor.predict_from_files_sequential([[str(images / f"{case}_0000.nii.gz")] for case in held_out],
                                            [str(predicted / case) for case in held_out], overwrite=False)
    compute_metrics_on_folder(str(places["nnUNet_preprocessed"] / DATASET / "gt_segmentations"), str(predicted),
                              str(predicted / "summary.json"), trainer.plans_manager.image_reader_writer_class(),
                              ".nii.gz", trainer.label_manager.foreground_labels, num_processes=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["prepare", "train", "predict"])
    parser.add_argument("--data", type=Path, required=True, help="MSD folder with dataset.json, imagesTr, labelsTr")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--epoch", type=int, required=True, help="steps an epoch; divides --steps")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--fold", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    places = folders(options.work, options.step)
    start = time.perf_counter()
    {"prepare": prepare, "train": train, "predict": predict}[options.step](options, places)
    print(f"nnU-Net: {options.step} took {time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
