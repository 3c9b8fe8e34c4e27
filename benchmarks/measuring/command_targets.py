# SPDX-License-Identifier: Apache-2.0
"""P7 and P12 to P14: whole commands, from start to end."""
from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from .comparison import Claim, Comparison
from .network_targets import PRECISIONS, ours, recipe
from .places import Places
from .sides import Command, Missing, Reading, Side, emptied

# Plans and prepares the cohort as ever; the network that follows is too small to count.
SMALL = """\
data: {{cohort: {{kind: nnunet, root: {data}}}}}
network: {{kind: plain, widths: [4, 8, 16, 32]}}
tasks: [{{name: structures, kind: segmentation, target: {{map: label}}}}]
train: {{steps: 1, batch: 2, validate_every: 0, precision: fp32}}
"""


def small_config(places: Places) -> Path:
    file = places.work / "small.yaml"
    file.write_text(SMALL.format(data=json.dumps(str(places.dataset()))))
    return file


# P7

def equal_models(places: Places, trained: Path | None) -> Path:
    """One set of weights as nnU-Net's model and as Tazuna's, in a folder with the held-out images.

    `trained`: where nnunet_reference.py (or nnunet_parity.py, in its folder nnunet) has trained; None: here.
    """
    out = places.work / "equal_models"
    if trained is None:
        trained = places.nnunet_work(2)
        places.nnunet_step("prepare", 2)
        places.nnunet_step("train", 2)
    if not (out / "weights.safetensors").exists():
        places.run(places.root / "benchmarks" / "peers" / "nnunet_model.py", trained, out)
    for precision in PRECISIONS:
        run = out / precision
        if (run / "model.json").exists():
            continue
        shutil.rmtree(run, ignore_errors=True)
        # One step whose rate is too small to change any weight.
        places.finish(places.train_command(recipe(places, trained, precision, 1, 2), run, places.work / "cache",
                                           f"train.from={out / 'weights.safetensors'}",
                                           "train.optimiser.learning_rate=1.0e-30"))
    return out


def apart(places: Places, ours_maps: Path, their_maps: Path, reading: Reading) -> Reading:
    """Adds by how much the Dice of both sides' maps falls short of 1."""
    if not their_maps.exists():
        return reading
    dice = float(places.run(places.root / "benchmarks" / "peers" / "dice.py", ours_maps, their_maps))
    return Reading(reading.seconds, {**reading.values, "apart": 1 - dice})


def bf16_pays() -> bool:
    """Whether `tazuna predict` computes in bf16 here: the rule of src/kernels/precision.cpp."""
    facts = Path("/proc/cpuinfo").read_text()
    return "amx_bf16" in facts or ("avx512_bf16" in facts and "AuthenticAMD" in facts)


def prediction(places: Places, models: Path, mirrored: bool) -> tuple[list[Side], list[Claim]]:
    suffix = ", mirrored" if mirrored else ""
    folders = {precision: models / f"maps_{precision}{'_mirrored' if mirrored else ''}" for precision in PRECISIONS}
    theirs = models / f"maps_nnunet{'_mirrored' if mirrored else ''}"
    reference = places.nnunet(f"nnU-Net{suffix}", "nnUNetv2_predict", "-i", models / "images", "-o", theirs, "-d", 1,
                              "-c", "3d_fullres", "-f", 0, "-device", "cpu", *([] if mirrored else ["--disable_tta"]),
                              folders={"nnUNet_results": models / "nnUNet_results", "nnUNet_raw": models,
                                       "nnUNet_preprocessed": models}, before=emptied(theirs))
    sides, claims = [reference], []
    limits = (3.5, 1.8) if mirrored else (4.0, 2.5)
    for precision, limit, most in zip(PRECISIONS, limits, (0.01, 0.001)):
        name, maps = ours(precision) + suffix, folders[precision]
        claims += [Claim(name, (reference.name,), limit),
                   Claim(name, limit=most, kind="value", key="apart", unit="", note="1 - Dice to nnU-Net's maps")]
        if precision == "bf16" and not bf16_pays():
            sides.append(Missing(name, "this processor is slower in bf16, and predict takes fp32 then"))
            continue
        sides.append(Command(name, [places.tazuna, "predict", models / precision, "--input", models / "images", "--out",
                                    maps, *(["--mirror"] if mirrored else [])], before=emptied(maps),
                             reading=lambda reading, maps=maps: apart(places, maps, theirs, reading)))
    return sides, claims


def p7(places: Places, trained: Path | None) -> list[Comparison]:
    comparisons = []
    for mirrored in (False, True):
        sides, claims = prediction(places, places.work / "equal_models", mirrored)
        work = "predict the held-out hippocampi, files to files" + (", mirrored" if mirrored else "")
        comparisons.append(Comparison(f"P7{' mirrored' if mirrored else ''}", work, sides, claims, warm_up=0,
                                      setup=lambda: equal_models(places, trained)))
    return comparisons


# P12 to P14

def p12(places: Places) -> list[Comparison]:
    preprocessed = places.work / "p12_preprocessed"
    reference = places.nnunet("nnU-Net", "nnUNetv2_plan_and_preprocess", "-d", 1, "-c", "3d_fullres",
                              folders={"nnUNet_raw": places.nnunet_work(2) / "nnUNet_raw",
                                       "nnUNet_preprocessed": preprocessed,
                                       "nnUNet_results": places.nnunet_work(2) / "nnUNet_results"},
                              before=emptied(preprocessed))
    run, cache = places.work / "runs" / "p12", places.work / "p12_cache"
    sides: list[Side] = [reference]

    def setup() -> None:
        places.nnunet_step("prepare", 2)
        command = places.train_command(small_config(places), run, cache)
        sides.append(places.train("Tazuna", command, (run, cache)))

    claim = Claim("Tazuna", ("nnU-Net",), 8, note="Tazuna's command takes a training step of a small network too")
    return [Comparison("P12", "fingerprint, plan and prepare the hippocampi", sides, [claim], warm_up=0, setup=setup)]


def p13(places: Places) -> list[Comparison]:
    empty = Command("empty program with libtorch_cpu", [places.bin / "bench_empty"])
    start = Comparison("P13 start", "tazuna --version", [empty, Command("Tazuna", [places.tazuna, "--version"])],
                       [Claim("Tazuna", (empty.name,), 1.3, kind="times")], least=20)
    model, maps = places.work / "small_model", places.work / "small_maps"
    sides: list[Side] = []

    def setup() -> None:
        case = next(iter(sorted((places.dataset() / "imagesTr").glob("[!._]*.nii.gz"))))
        if not (model / "model.json").exists():
            shutil.rmtree(model, ignore_errors=True)
            places.finish(places.train_command(small_config(places), model, places.work / "cache"))
        sides.append(Command("Tazuna", [places.tazuna, "predict", model, "--input", case, "--out", maps],
                             before=emptied(maps)))

    note = "the whole command, so more than the time to the first tile"
    predict = Comparison("P13 predict", "predict one hippocampus, a small network", sides,
                         [Claim("Tazuna", limit=0.6, kind="value", note=note)], least=10, setup=setup)
    return [start, predict]


def waiting_share(run: Path) -> Reading:
    """From RUN/profile.tsv: the median step, and the percentage of it that waits for the loader."""
    with (run / "profile.tsv").open() as file:
        rows = {row["part"]: row for row in csv.DictReader(file, delimiter="\t") if row["clock"] == "host"}
    waiting = float(rows["waiting"]["share"]) if "waiting" in rows else 0.0
    return Reading(float(rows["step"]["median_ms"]) / 1e3, {"waiting": 100 * waiting})


def p14(places: Places) -> list[Comparison]:
    run = places.work / "runs" / "p14"
    sides: list[Side] = []

    def setup() -> None:
        places.dataset()
        config = places.root / "configs" / "hippocampus_cpu.yaml"
        command = places.train_command(config, run, places.work / "cache", "train.budget=none", "train.steps=40",
                                       "train.validate_every=0")
        sides.append(places.train("Tazuna", [*command, "--profile", 30], (run,), lambda _: waiting_share(run)))

    return [Comparison("P14", "share of a training step spent waiting for the loader (hippocampus_cpu.yaml)", sides,
                       [Claim("Tazuna", limit=2, kind="value", key="waiting", unit="%")], setup=setup)]
