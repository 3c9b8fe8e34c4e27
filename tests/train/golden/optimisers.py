# SPDX-License-Identifier: Apache-2.0
"""Updates parameters by torch.optim with recorded gradients: in.safetensors -> out.safetensors."""
import sys
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError:
    sys.exit(77)

folder = Path(sys.argv[1])
record = load_file(folder / "in.safetensors")
parameters = {name: torch.nn.Parameter(record[f"start.{name}"].clone()) for name in "ab"}
optimiser = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.99, nesterov=True, weight_decay=3e-5),
    "plain_sgd": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=3e-5),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=1e-2),
}[(folder / "kind").read_text()](parameters.values())
start = optimiser.param_groups[0]["lr"]
for k in range(20):
    for name, parameter in parameters.items():
        parameter.grad = record.get(f"grad.{k}.{name}")
    optimiser.param_groups[0]["lr"] = start * (1 - 0.04 * k)
    optimiser.step()
save_file({name: parameter.detach().clone() for name, parameter in parameters.items()}, folder / "out.safetensors")
