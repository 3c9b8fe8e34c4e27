# SPDX-License-Identifier: Apache-2.0
"""Voxel losses of nnU-Net, MONAI and PyTorch, row by row: voxel_losses.py IN.safetensors OUT.safetensors.

IN has logits.<case> [N, K, D, H, W] and labels.<case> [N, 1, D, H, W], -1 where there is no answer; OUT gets
NAME.<case> [N] and the gradient of the sum of its rows as grad.NAME.<case>. Dice terms are the originals' plus 1 where
they are minus the coefficient. MONAI's focal loss without an ignored index is a mean over classes too; it is put back.
"""
import sys

try:
    import torch
    from monai.losses import DiceLoss, FocalLoss, TverskyLoss
    from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
    from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
    from nnunetv2.utilities.helpers import softmax_helper_dim1
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(error)
    sys.exit(77)

smooth = {"smooth_nr": 1e-5, "smooth_dr": 1e-5}


def losses_of(classes, ignore):
    """Losses of (logits, labels); `ignore` is the label of voxels without an answer, None where all have one."""
    monai = {"to_onehot_y": True, "ignore_index": ignore}
    kept = {"batch_dice": False, "smooth": 1e-5, "ddp": False}

    def nnunet_dice(background):
        loss = MemoryEfficientSoftDiceLoss(softmax_helper_dim1, do_bg=background, **kept)

        def rows(logits, labels):
            mask = None if ignore is None else labels != ignore
            return loss(logits, labels if mask is None else torch.where(mask, labels, 0), loss_mask=mask) + 1

        return rows

    def ce(logits, labels):
        index = -100 if ignore is None else ignore
        return torch.nn.functional.cross_entropy(logits, labels[:, 0].long(), ignore_index=index)

    def balanced_ce(balance):
        def rows(logits, labels):
            known = labels[:, 0].long()
            counts = torch.bincount(known.flatten(), minlength=classes + 1)[:classes].to(logits.dtype)
            weights = (counts.sum() / counts.clamp_min(1)) ** balance
            return torch.nn.functional.cross_entropy(logits, known, weights, ignore_index=-100 if ignore is None else ignore)

        return rows

    def focal(gamma):
        loss = FocalLoss(gamma=gamma, use_softmax=True, **monai)
        return lambda logits, labels: loss(logits, labels) * (classes if ignore is None else 1)

    def tversky(alpha, beta, background):
        return TverskyLoss(alpha=alpha, beta=beta, include_background=background, softmax=True, **smooth, **monai)

    weighted = DC_and_CE_loss({**kept, "do_bg": False}, {}, weight_ce=0.5, weight_dice=2, ignore_label=ignore,
                              dice_class=MemoryEfficientSoftDiceLoss)
    monai_dice = DiceLoss(include_background=False, softmax=True, **smooth, **monai)
    return {
        "dice": nnunet_dice(False),
        "dice_background": nnunet_dice(True),
        "ce": ce,
        "ce_half_balanced": balanced_ce(0.5),
        "ce_balanced": balanced_ce(1),
        "weighted": lambda logits, labels: weighted(logits, labels) + 2,
        "monai": lambda logits, labels: monai_dice(logits, labels) + ce(logits, labels),
        "focal": focal(2),
        "focal_steep": focal(3.5),
        "tversky": tversky(0.3, 0.7, False),
        "tversky_background": tversky(0.6, 0.2, True),
        "dice_focal": lambda logits, labels: 2 * monai_dice(logits, labels) + 0.5 * focal(2)(logits, labels),
    }


given = load_file(sys.argv[1])
answers = {}
for case in [name.removeprefix("logits.") for name in given if name.startswith("logits.")]:
    labels = given[f"labels.{case}"]
    classes = given[f"logits.{case}"].shape[1]
    ignore = classes if (labels < 0).any() else None
    labels = torch.where(labels < 0, classes, labels)
    for name, loss in losses_of(classes, ignore).items():
        logits = given[f"logits.{case}"].clone().requires_grad_()
        rows = torch.stack([loss(logits[n : n + 1], labels[n : n + 1]) for n in range(len(logits))])
        rows.sum().backward()
        answers[f"{name}.{case}"] = rows.detach()
        answers[f"grad.{name}.{case}"] = logits.grad
save_file(answers, sys.argv[2])
