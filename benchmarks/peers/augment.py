# SPDX-License-Identifier: Apache-2.0
"""P10: patches with augmentations, one thread. nnU-Net's are the reference; MONAI and TorchIO have their own forms
of about the same list (no clipping of contrast, one gamma, no coarser voxels in MONAI) and are shown beside."""
from __future__ import annotations

import argparse
from collections.abc import Callable

from serving import need, serve


def nnunet(patch: list[int], everything: bool) -> tuple[Callable, tuple[int, ...]]:
    """nnU-Net's training transforms, and the size of the box that it cuts out before them."""
    numpy, trainer, sizes, spatial, choice = need(
        "numpy", "nnunetv2.training.nnUNetTrainer.nnUNetTrainer",
        "nnunetv2.training.data_augmentation.compute_initial_patch_size",
        "batchgeneratorsv2.transforms.spatial.spatial", "batchgeneratorsv2.transforms.utils.random")
    angles = (-numpy.pi / 6, numpy.pi / 6)
    transforms = trainer.nnUNetTrainer.get_training_transforms(patch, angles, None, (0, 1, 2), False)
    for one in transforms.transforms if everything else ():
        if isinstance(one, choice.RandomTransform):
            one.apply_probability = 1
        if isinstance(one, spatial.SpatialTransform):
            one.p_rotation = one.p_scaling = 1
    box = sizes.get_patch_size(numpy.array(patch), angles, angles, angles, (0.85, 1.25))
    return lambda image, label: transforms(image=image, segmentation=label), tuple(int(edge) for edge in box)


def monai(patch: list[int], everything: bool) -> tuple[Callable, tuple[int, ...]]:
    transforms, = need("monai.transforms")
    both, image = ["image", "label"], ["image"]

    def chance(probability: float) -> float:
        return 1.0 if everything else probability

    steps = transforms.Compose([
        transforms.RandAffined(both, prob=chance(0.36), spatial_size=patch, rotate_range=[0.52] * 3,
                               scale_range=[(-0.3, 0.4)] * 3, mode=("bilinear", "nearest"), padding_mode="zeros"),
        transforms.CenterSpatialCropd(both, patch),
        transforms.RandGaussianNoised(image, prob=chance(0.1), std=0.1),
        transforms.RandGaussianSmoothd(image, prob=chance(0.2), sigma_x=(0.5, 1), sigma_y=(0.5, 1), sigma_z=(0.5, 1)),
        transforms.RandScaleIntensityd(image, prob=chance(0.15), factors=0.25),
        transforms.RandAdjustContrastd(image, prob=chance(0.15), gamma=(0.75, 1.25)),
        transforms.RandSimulateLowResolutiond(image, prob=chance(0.25), zoom_range=(0.5, 1)),
        transforms.RandAdjustContrastd(image, prob=chance(0.1), gamma=(0.7, 1.5), invert_image=True, retain_stats=True),
        transforms.RandAdjustContrastd(image, prob=chance(0.3), gamma=(0.7, 1.5), retain_stats=True),
        *(transforms.RandFlipd(both, prob=0.5, spatial_axis=axis) for axis in range(3)),
    ])
    return lambda image, label: steps({"image": image, "label": label}), tuple(patch)


def torchio(patch: list[int], everything: bool) -> tuple[Callable, tuple[int, ...]]:
    """TorchIO knows no low resolution with a probability of its own: RandomAnisotropy stands for it."""
    tio, = need("torchio")

    def chance(probability: float) -> float:
        return 1.0 if everything else probability

    steps = tio.Compose([
        tio.RandomAffine(scales=(0.7, 1.4), degrees=30, isotropic=True, p=chance(0.36)),
        tio.CropOrPad(tuple(patch)),
        tio.RandomNoise(std=(0, 0.1), p=chance(0.1)),
        tio.RandomBlur(std=(0.5, 1), p=chance(0.2)),
        tio.RandomAnisotropy(downsampling=(1, 2), p=chance(0.25)),
        tio.RandomBiasField(p=chance(0.1)),
        tio.RandomGamma(log_gamma=(-0.36, 0.41), p=chance(0.3)),
        tio.RandomFlip(axes=(0, 1, 2), flip_probability=0.5),
    ])

    def apply(image, label):
        return steps(tio.Subject(image=tio.ScalarImage(tensor=image), label=tio.LabelMap(tensor=label)))

    return apply, tuple(patch)


PEERS = {"nnunet": nnunet, "monai": monai, "torchio": torchio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("file", help="safetensors with 'image' [C, D, H, W] and 'label' [1, D, H, W]")
    parser.add_argument("--patch", type=int, nargs=3, required=True, help="voxels z y x")
    parser.add_argument("--everything", action="store_true", help="every augmentation on every patch")
    parser.add_argument("--patches", type=int, default=10, help="in a run")
    options = parser.parse_args()
    torch, safetensors = need("torch", "safetensors.torch")
    torch.set_num_threads(1)
    apply, box = PEERS[options.peer](options.patch, options.everything)
    tensors = safetensors.load_file(options.file)
    cut = tuple(slice(max(0, (edge - want) // 2), max(0, (edge - want) // 2) + want)
                for edge, want in zip(tensors["image"].shape[1:], box))
    image, label = (tensors[name][(slice(None), *cut)].contiguous() for name in ("image", "label"))

    def once() -> None:
        for _ in range(options.patches):
            apply(image.clone(), label.clone())

    with torch.no_grad():
        serve(once, pieces=options.patches)


if __name__ == "__main__":
    main()
