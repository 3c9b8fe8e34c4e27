# SPDX-License-Identifier: Apache-2.0
"""The first three steps of nnU-Net's training: nnunet_steps.py FOLDER CLIP [CLIP ...].

FOLDER/start.safetensors: initial weights under Tazuna's names for a task called `structures`.
FOLDER/batches.safetensors: image.K float32 [2,1,40,56,40] and labels.K int16 of the same size, K = 0, 1, 2.
FOLDER/steps.json: for each CLIP the losses (as 1 - Dice + CE) and the gradient norms before clipping.

Network, loss, deep supervision, optimiser and schedule are nnU-Net's own for its plan of the hippocampi, with an
eighth of the width.
"""
import json
import sys

try:
    import torch
    from batchgeneratorsv2.transforms.utils.deep_supervision_downsampling import DownsampleSegForDSTransform
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
    from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
    from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
    from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler
    from safetensors.torch import save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)

STEPS = 100  # of the schedule; three are taken


def make_network():
    network = PlainConvUNet(
        input_channels=1, n_stages=4, features_per_stage=(4, 8, 16, 32), conv_op=torch.nn.Conv3d, kernel_sizes=3,
        strides=((1, 1, 1), (2, 2, 2), (2, 2, 2), (2, 2, 2)), n_conv_per_stage=2, num_classes=3,
        n_conv_per_stage_decoder=2, conv_bias=True, norm_op=torch.nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin=torch.nn.LeakyReLU, nonlin_kwargs={"inplace": True},
        deep_supervision=True)
    network.apply(PlainConvUNet.initialize)
    return network


def make_loss():
    loss = DC_and_CE_loss({"batch_dice": False, "smooth": 1e-5, "do_bg": False, "ddp": False}, {}, weight_ce=1,
                          weight_dice=1, ignore_label=None, dice_class=MemoryEfficientSoftDiceLoss)
    weights = [1.0, 0.5, 0.0]  # one a level, none for the coarsest
    return DeepSupervisionWrapper(loss, [weight / sum(weights) for weight in weights])


def make_batches(count):
    """Noise with bright ellipsoids of two labels; odd places, so that downsampling has edges to get wrong."""
    grid = torch.stack(torch.meshgrid(*(torch.arange(edge) for edge in (40, 56, 40)), indexing="ij")).float()
    batches = []
    for _ in range(count):
        labels = torch.zeros(2, 1, 40, 56, 40, dtype=torch.int16)
        for row in labels:
            for label in (1, 2):
                centre, radius = torch.rand(3) * 24 + 8, torch.rand(3) * 8 + 3
                inside = (((grid - centre[:, None, None, None]) / radius[:, None, None, None]) ** 2).sum(0) < 1
                row[0][inside] = label
        batches.append((torch.randn(labels.shape) + labels, labels))
    return batches


def run(network, batches, clip):
    loss_of = make_loss()
    optimiser = torch.optim.SGD(network.parameters(), 0.01, weight_decay=3e-5, momentum=0.99, nesterov=True)
    schedule = PolyLRScheduler(optimiser, 0.01, STEPS)
    downsample = DownsampleSegForDSTransform([[1, 1, 1], [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]])
    losses, norms = [], []
    for step, (image, labels) in enumerate(batches):
        schedule.step(step)
        rows = [downsample(segmentation=row)["segmentation"] for row in labels]
        targets = [torch.stack(level) for level in zip(*rows)]
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(network(image), targets)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(network.parameters(), clip).item())
        optimiser.step()
        losses.append(loss.item() + 1)  # nnU-Net counts Dice as -Dice, and the levels' weights sum to 1
    return {"losses": losses, "norms": norms}


def names_of_tazuna(state):
    """Without the aliases of dynamic-network-architectures, the segmentation layers as the task's head."""
    return {name.replace("decoder.seg_layers.", "heads.structures."): tensor.clone() for name, tensor in state.items()
            if not name.startswith("decoder.encoder.") and ".all_modules." not in name}


torch.manual_seed(3)
torch.set_num_threads(1)
folder, *clips = sys.argv[1:]
network, batches = make_network(), make_batches(3)
start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
save_file(names_of_tazuna(start), f"{folder}/start.safetensors")
save_file({f"{name}.{step}": tensor for step, batch in enumerate(batches)
           for name, tensor in zip(("image", "labels"), batch)}, f"{folder}/batches.safetensors")
results = {}
for clip in clips:
    network.load_state_dict(start)
    results[clip] = run(network, batches, float(clip))
with open(f"{folder}/steps.json", "w") as file:
    json.dump(results, file)
