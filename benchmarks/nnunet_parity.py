#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's recipe in nnU-Net and in Tazuna, on the same fold: is the held-out Dice the same?

Plain network of nnU-Net's own plan, SGD 0.99 Nesterov, learning rate 0.01 falling by poly 0.9, weight decay 3e-5,
clipping at 12, batch 2, fp32, no averaging of weights, no mirroring at prediction. Both sides share the folds, the
patch and every layer; each has its own augmentation, initial weights and preprocessing.

    nnunet_parity.py --data TAZUNA_DATA/Task04_Hippocampus --work DIR

Interrupt it and call it again: it goes on. The table goes to stdout and DIR/parity.json; exit code 0 if the mean
Dice differs by at most --tolerance, else 1.
"""
import argparse
import ctypes.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RECIPE = """\
data:
  cohort: {{kind: nnunet, root: {data}}}
  split: {{kind: file, file: {splits}}}
network:
  kind: plain
  stages: {stages}
  widths: {widths}
  strides: {strides}
  kernels: {kernels}
  blocks: {blocks}
  decoder_blocks: {decoder_blocks}
tasks:
  - {{name: structures, kind: segmentation, target: {{map: label}}, loss: {{kind: dice_ce}}}}
train:
  steps: {steps}
  batch: {batch}
  patch: {patch}
  precision: {precision}
  seed: {seed}
  optimiser: {{kind: sgd, learning_rate: 0.01, momentum: 0.99, nesterov: true, weight_decay: 3.0e-5}}
  schedule: {{kind: poly, power: 0.9}}
  clip: 12
  ema: false
  validate_every: 0
  checkpoint: 60s
"""


class Ledger:
    """WORK/parity.json: the options, the seconds each stage took over all calls, and which stages are done."""

    def __init__(self, file, options):
        self.file = file
        self.state = {"options": options, "seconds": {}, "done": []}
        if file.exists():
            self.state = json.loads(file.read_text())
            if self.state["options"] != options:
                sys.exit(f"{file} belongs to a run with other options ({self.state['options']}); "
                         "name another --work or remove it")
        self.save()

    def save(self):
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self.state, indent=1))
        part.replace(self.file)

    def run(self, stage, command, environment=None):
        """Runs a command unless the stage is done; its seconds count even where it is interrupted."""
        if stage in self.state["done"]:
            return
        print(f"[{stage}] {' '.join(map(str, command))}", file=sys.stderr, flush=True)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=sys.stderr, env=environment)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            code = process.wait()  # the terminal told it as well: it may still write a checkpoint
        except SystemExit:
            process.terminate()
            process.wait()
            raise
        finally:
            before = self.state["seconds"].get(stage, 0)
            self.state["seconds"][stage] = round(before + time.perf_counter() - start, 1)
            self.save()
        if code != 0:
            sys.exit(f"{stage} ended with code {code}; call again to go on")
        self.state["done"].append(stage)
        self.save()


def environment_of(options):
    environment = dict(os.environ, OMP_WAIT_POLICY="passive")
    if options.tcmalloc:
        library = ctypes.util.find_library("tcmalloc_minimal") or ctypes.util.find_library("tcmalloc")
        if not library:
            sys.exit("--tcmalloc: no libtcmalloc found (Debian: libtcmalloc-minimal4)")
        environment["LD_PRELOAD"] = library
    return environment


def run_nnunet(options, ledger):
    epoch = max(divisor for divisor in range(1, max(2, options.steps // 16 + 1)) if options.steps % divisor == 0)
    common = ["--data", options.data, "--work", options.work / "nnunet", "--steps", str(options.steps), "--epoch",
              str(epoch), "--batch", str(options.batch), "--fold", str(options.fold), "--seed", str(options.seed)]
    for step in ("prepare", "train", "predict"):
        ledger.run(f"nnunet {step}", [sys.executable, HERE / "nnunet_reference.py", step, *common],
                   environment_of(options))
    return json.loads((options.work / "nnunet" / "predicted" / "summary.json").read_text())


def run_tazuna(options, ledger):
    if not (options.work / "nnunet" / "plan.json").exists():
        sys.exit("nnU-Net's plan is needed first: call without --only, or with --only nnunet")
    plan = json.loads((options.work / "nnunet" / "plan.json").read_text())
    if plan["batch_dice"]:
        sys.exit("nnU-Net planned batch_dice for this dataset, a form of its loss that Tazuna does not offer")
    run = options.work / f"tazuna_{options.precision}"
    config = run.with_suffix(".yaml")
    plan["splits"] = json.dumps(plan["splits"])  # quoted, as YAML wants a path with blanks
    config.write_text(RECIPE.format(**plan, stages=len(plan["widths"]), data=json.dumps(str(options.data)),
                                    steps=options.steps, batch=options.batch, seed=options.seed,
                                    precision=options.precision))
    command = [options.tazuna, "train", config, "--out", run, "--fold", str(options.fold)]
    ledger.run(f"tazuna train {options.precision}", command + (["--resume"] if run.exists() and any(run.iterdir()) else []))
    return json.loads((run / "validation" / "summary.json").read_text())


def dice_of(summary):
    """Mean Dice by label, and over the labels."""
    means = {label: values["Dice"] for label, values in summary["mean"].items() if label not in ("0", "background")}
    return {**means, "mean": summary["foreground_mean"]["Dice"]}


def cases_of(summary):
    return {case.get("case") or Path(case["prediction_file"]).name.removesuffix(".nii.gz")
            for case in summary["metric_per_case"]}


def report(options, ledger, summaries):
    cases = {side: cases_of(summary) for side, summary in summaries.items()}
    if cases["nnU-Net"] != cases["Tazuna"]:
        sys.exit(f"the sides scored different cases: {sorted(cases['nnU-Net'] ^ cases['Tazuna'])}")
    dice = {side: dice_of(summary) for side, summary in summaries.items()}
    labels = json.loads((options.data / "dataset.json").read_text())["labels"]
    stages = {"nnU-Net": ["nnunet train", "nnunet predict"], "Tazuna": [f"tazuna train {options.precision}"]}
    rows = [["Dice " + labels.get(label, label)] + [f"{dice[side].get(label, float('nan')):.4f}" for side in dice]
            for label in dice["nnU-Net"] if label != "mean"]
    rows.append(["Dice, mean"] + [f"{dice[side]['mean']:.4f}" for side in dice])
    spent = {side: sum(ledger.state["seconds"].get(stage, 0) for stage in stages[side]) for side in dice}
    rows.append(["s, train + predict"] + [f"{spent[side]:.0f}" for side in dice])
    difference = dice["Tazuna"]["mean"] - dice["nnU-Net"]["mean"]
    print(f"{len(summaries['nnU-Net']['metric_per_case'])} held-out cases of fold {options.fold}, "
          f"{options.steps} steps of batch {options.batch}")
    for name, *values in [["", *dice], *rows]:
        print(f"{name:20}" + "".join(f"{value:>12}" for value in values))
    print(f"difference {difference:+.4f}, allowed {options.tolerance}")
    ledger.state[f"result_{options.precision}"] = {"dice": dice, "seconds": spent, "difference": difference}
    ledger.save()
    return 0 if abs(difference) <= options.tolerance else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="MSD folder, e.g. Task04_Hippocampus")
    parser.add_argument("--work", type=Path, required=True, help="everything is kept here; about 1 GB")
    parser.add_argument("--tazuna", type=Path, default=HERE.parent / "build" / "release" / "bin" / "tazuna")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="Tazuna's; nnU-Net's side is fp32 and is kept")
    parser.add_argument("--tolerance", type=float, default=0.02)
    parser.add_argument("--tcmalloc", action="store_true", help="run nnU-Net under tcmalloc (fewer page faults)")
    parser.add_argument("--only", choices=["nnunet", "tazuna"], help="run one side and stop (nnunet goes first)")
    options = parser.parse_args()
    options.data, options.work = options.data.resolve(), options.work.resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (options.work / "nnunet").mkdir(parents=True, exist_ok=True)
    kept = {name: str(getattr(options, name)) for name in ("data", "steps", "batch", "fold", "seed")}
    ledger = Ledger(options.work / "parity.json", kept)
    summaries = {}
    if options.only != "tazuna":
        summaries["nnU-Net"] = run_nnunet(options, ledger)
    if options.only != "nnunet":
        summaries["Tazuna"] = run_tazuna(options, ledger)
    if options.only:
        return 0
    return report(options, ledger, summaries)


if __name__ == "__main__":
    sys.exit(main())
