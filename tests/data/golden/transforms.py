# SPDX-License-Identifier: Apache-2.0
"""batchgeneratorsv2's transforms, as nnU-Net configures them, with given parameters.

transforms.py FOLDER: writes image.npy, label.npy and, for each transform, its result; affine.npy holds the 3x3
matrix of the spatial transform.
"""
import sys
from pathlib import Path

try:
    import numpy as np
    import torch
    from batchgeneratorsv2.transforms.intensity.brightness import MultiplicativeBrightnessTransform
    from batchgeneratorsv2.transforms.intensity.contrast import ContrastTransform
    from batchgeneratorsv2.transforms.intensity.gamma import GammaTransform
    from batchgeneratorsv2.transforms.noise.gaussian_blur import GaussianBlurTransform
    from batchgeneratorsv2.transforms.spatial.low_resolution import SimulateLowResolutionTransform
    from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
except ImportError:
    sys.exit(77)

folder = Path(sys.argv[1])
torch.manual_seed(1)
np.random.seed(1)
coarse = torch.randn(1, 2, 5, 6, 7)
image = torch.nn.functional.interpolate(coarse, size=(20, 24, 28), mode="trilinear")[0].contiguous()
label = (image[:1] > 0.2).to(torch.int16) + (image[1:] > 0.4).to(torch.int16)


def save(name, tensor, dtype=np.float32):
    np.save(folder / f"{name}.npy", np.ascontiguousarray(tensor.numpy(), dtype=dtype))


save("image", image)
save("label", label, np.int16)

spatial = SpatialTransform((16, 18, 20), 0, random_crop=False, p_rotation=1, rotation=(-0.5, 0.5), p_scaling=1,
                           scaling=(0.7, 1.4), p_synchronize_scaling_across_axes=1, border_mode_seg="constant",
                           padding_value_seg=0)
drawn = spatial.get_parameters(image=image)
save("affine", torch.from_numpy(drawn["affine"]))
save("turned_image", spatial._apply_to_image(image, **drawn))
save("turned_label", spatial._apply_to_segmentation(label, **drawn), np.int16)

both, factors = torch.tensor([0, 1]), torch.tensor([0.8, 1.2])
brightness = MultiplicativeBrightnessTransform((0.75, 1.25), False, 1)
save("brightness", brightness._apply_to_image(image.clone(), apply_to_channel=both, multipliers=factors))
contrast = ContrastTransform((0.75, 1.25), True, False, 1)
save("contrast", contrast._apply_to_image(image.clone(), apply_to_channel=both, multipliers=factors))
for name, inverted in (("gamma", False), ("inverted", True)):
    gamma = GammaTransform((0.7, 1.5), float(inverted), False, 1, 1)
    save(name, gamma._apply_to_image(image.clone(), apply_to_channel=both, retain_stats=torch.tensor([True] * 2),
                                     invert_image=torch.tensor([inverted] * 2), gamma=factors))

blur = GaussianBlurTransform((0.5, 1.0), False, False, 1, benchmark=False)
save("blur", blur._apply_to_image(image.clone(), apply_to_channel=torch.tensor([True] * 2),
                                  sigmas=[[0.5, 0.7, 0.9], [1.0, 0.6, 0.8]]))
# 16 of 20 voxels: nowhere do two voxels lie equally near, which the original would settle by rounding errors.
coarse = SimulateLowResolutionTransform((0.5, 1.0), False, True, None, None, 1)
save("low_resolution", coarse._apply_to_image(image[:, :20, :20, :20].clone(), apply_to_channel=both,
                                              scales=torch.tensor([[0.5] * 3, [0.8] * 3])))
