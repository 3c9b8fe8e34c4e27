# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's sliding window over `image` with the convolution `weight`: slide_window.py IN OUT (safetensors).

IN also holds `patch` and `mirror_axes` (empty: no mirroring); OUT gets `logits`.
"""
import sys
from types import SimpleNamespace

try:
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)

given = load_file(sys.argv[1])
network = torch.nn.Conv3d(2, 3, 3, padding=1, bias=False)
network.weight.data.copy_(given["weight"])
axes = tuple(given["mirror_axes"].tolist())
predictor = nnUNetPredictor(
    tile_step_size=0.5,
    use_gaussian=True,
    use_mirroring=bool(axes),
    perform_everything_on_device=False,
    device=torch.device("cpu"),
    allow_tqdm=False,
)
predictor.network = network
predictor.allowed_mirroring_axes = axes
predictor.configuration_manager = SimpleNamespace(patch_size=tuple(given["patch"].tolist()))
predictor.label_manager = SimpleNamespace(num_segmentation_heads=3)
logits = predictor.predict_sliding_window_return_logits(given["image"])
save_file({"logits": logits.float().contiguous()}, sys.argv[2])
