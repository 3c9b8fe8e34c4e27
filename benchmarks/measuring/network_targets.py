# SPDX-License-Identifier: Apache-2.0
"""P1 to P6: steps and inference of U-Nets."""
from __future__ import annotations

import csv
import json
import statistics
from pathlib import Path

from nnunet_parity import RECIPE

from .comparison import Claim, Comparison, Readings
from .places import Places
from .sides import Missing, Reading, Side

PRECISIONS = ("bf16", "fp32")
BATCH = 9  # P1 is stated for this one


def ours(precision: str) -> str:
    return f"Tazuna {precision}"


def recipe(places: Places, nnunet: Path, precision: str, steps: int, batch: int) -> Path:
    """nnU-Net's recipe at the plan that nnunet_reference.py left in `nnunet`, as a file for `tazuna train`."""
    plan = json.loads((nnunet / "plan.json").read_text())
    text = RECIPE.format(**{**plan, "splits": json.dumps(plan["splits"])}, stages=len(plan["widths"]),
                         data=json.dumps(str(places.dataset())), steps=steps, batch=batch, seed=1, precision=precision)
    file = places.work / f"nnunet_recipe_{precision}_{steps}_{batch}.yaml"
    file.write_text(text)
    return file


def step_seconds(run: Path) -> Reading:
    """The median step of a run but for the first three, which meet cold caches."""
    with (run / "timing.csv").open() as file:
        rows = list(csv.DictReader(file))[3:]
    return Reading(statistics.median(float(row["seconds"]) - float(row["validation_seconds"]) for row in rows))


def planned_step(places: Places, id: str, reference: Side, limits: tuple[float, float]) -> Comparison:
    """One step at nnU-Net's plan; Tazuna's is taken from a run of eight that is started anew each time."""
    sides: list[Side] = [reference]

    def setup() -> None:
        places.nnunet_step("prepare", BATCH)
        for precision in PRECISIONS:
            run = places.work / "runs" / f"step_{precision}"
            config = recipe(places, places.nnunet_work(BATCH), precision, 8, BATCH)
            command = places.train_command(config, run, places.work / "cache")
            sides.append(places.train(ours(precision), command, (run,), lambda _, run=run: step_seconds(run)))

    claims = [Claim(ours(precision), (reference.name,), limit) for precision, limit in zip(PRECISIONS, limits)]
    return Comparison(id, f"training step at nnU-Net's hippocampus plan, batch {BATCH}, with loader", sides, claims,
                      setup=setup)


def p1(places: Places) -> list[Comparison]:
    reference = places.peer("nnU-Net", "nnunet_step.py", places.nnunet_work(BATCH), paused=True)
    return [planned_step(places, "P1", reference, (2.8, 1.5))]


def p2(places: Places) -> list[Comparison]:
    name = "nnU-Net, tcmalloc"
    reference = places.peer(name, "nnunet_step.py", places.nnunet_work(BATCH), paused=True,
                            environment={"LD_PRELOAD": places.tcmalloc})
    if not places.tcmalloc:
        reference = Missing(name, "no tcmalloc (Debian: libtcmalloc-minimal4, or --tcmalloc FILE)")
    return [planned_step(places, "P2", reference, (1.8, 1.0))]


def unet(places: Places, name: str, side: str, precision: str, *more: str) -> Side:
    bf16 = ["--bf16"] if precision == "bf16" else []
    return places.worker(name, "network", "--side", side, *bf16, *more)


def same_parameters(readings: Readings) -> str:
    """All sides train the same network; Tazuna's has 1x1 heads on coarser levels too."""
    counts = [runs[0].values["parameters"] for runs in readings.values() if "parameters" in runs[0].values]
    return "" if not counts or max(counts) <= 1.01 * min(counts) else f"different networks: {counts} parameters"


def p3(places: Places) -> list[Comparison]:
    sides = [unet(places, "plain fp32", "plain", "fp32"),
             *(unet(places, ours(one), "tazuna", one) for one in PRECISIONS)]
    claims = [Claim(ours(one), ("plain fp32",), limit) for one, limit in zip(PRECISIONS, (3.2, 1.8))]
    return [Comparison("P3", "training step of the 64^3 U-Net, batch 2", sides, claims, agree=same_parameters)]


def p4(places: Places) -> list[Comparison]:
    reference = places.peer("torch.compile bf16", "unet_compiled.py", "--compile")
    shown = places.peer("PyTorch bf16", "unet_compiled.py")
    sides = [reference, shown, *(unet(places, ours(one), "tazuna", one) for one in PRECISIONS)]
    claims = [Claim(ours("bf16"), (reference.name,), 1.2), Claim(ours("fp32"), (reference.name,)),
              Claim(ours("bf16"), (shown.name,))]
    return [Comparison("P4", "training step of the 64^3 U-Net, batch 2", sides, claims, warm_up=2,
                       agree=same_parameters)]


def p5(places: Places) -> list[Comparison]:
    sides = [unet(places, "plain fp32", "plain", "fp32", "--inference"),
             *(unet(places, ours(one), "tazuna", one, "--inference") for one in PRECISIONS)]
    claims = [Claim(ours(one), ("plain fp32",), limit) for one, limit in zip(PRECISIONS, (4.0, 2.2))]
    return [Comparison("P5", "inference of the 64^3 U-Net, batch 2", sides, claims, warm_up=2)]


def p6(places: Places) -> list[Comparison]:
    """Equal operations on both sides, so that the ratio of FLOP/s is that of the seconds."""
    comparisons = []
    for precision, limit in zip(PRECISIONS, (0.7, 0.8)):
        bare = {f"convolutions alone, {layout}": side
                for layout, side in (("NCDHW", "convolutions"), ("NDHWC", "convolutions_last"))}
        sides = [unet(places, ours(precision), "tazuna", precision),
                 *(unet(places, name, side, precision) for name, side in bare.items())]
        comparisons.append(Comparison(f"P6 {precision}", "FLOP/s of the step over its convolutions'", sides,
                                      [Claim(ours(precision), tuple(bare), limit)]))
    return comparisons
