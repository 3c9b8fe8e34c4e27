# SPDX-License-Identifier: Apache-2.0
"""Voxel losses of nnU-Net, MONAI and PyTorch, row by row: voxel_losses.py IN.safetensors OUT.safetensors.

IN has logits.<case> [N, K, D, H, W] and labels.<case> [N, 1, D, H, W]; OUT gets NAME.<case> [N] and the gradient of
the sum of its rows as grad.NAME.<case>. Dice terms are the originals' plus 1 where they are minus the coefficient.
"""
import sys

try:
    import torch
    from monai.losses import DiceCELoss
    from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
    from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
    from nnunetv2.utilities.helpers import softmax_helper_dim1
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(error)
    sys.exit(77)


def nnunet_dice(background):
    return MemoryEfficientSoftDiceLoss(
        softmax_helper_dim1, batch_dice=False, do_bg=background, smooth=1e-5, ddp=False
    )


dice = {"batch_dice": False, "do_bg": False, "smooth": 1e-5, "ddp": False}
nnunet_both = DC_and_CE_loss(dice, {}, weight_ce=0.5, weight_dice=2, dice_class=MemoryEfficientSoftDiceLoss)
monai_both = DiceCELoss(
    include_background=False, to_onehot_y=True, softmax=True, smooth_nr=1e-5, smooth_dr=1e-5, reduction="mean"
)
losses = {
    "dice": lambda logits, labels: nnunet_dice(False)(logits, labels) + 1,
    "dice_background": lambda logits, labels: nnunet_dice(True)(logits, labels) + 1,
    "ce": lambda logits, labels: torch.nn.functional.cross_entropy(logits, labels[:, 0].long()),
    "weighted": lambda logits, labels: nnunet_both(logits, labels) + 2,
    "monai": lambda logits, labels: monai_both(logits, labels),
}

given = load_file(sys.argv[1])
answers = {}
for case in [name.removeprefix("logits.") for name in given if name.startswith("logits.")]:
    for name, loss in losses.items():
        logits = given[f"logits.{case}"].clone().requires_grad_()
        labels = given[f"labels.{case}"]
        rows = torch.stack([loss(logits[n : n + 1], labels[n : n + 1]) for n in range(len(logits))])
        rows.sum().backward()
        answers[f"{name}.{case}"] = rows.detach()
        answers[f"grad.{name}.{case}"] = logits.grad
save_file(answers, sys.argv[2])
