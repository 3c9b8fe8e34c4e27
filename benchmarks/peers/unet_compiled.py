# SPDX-License-Identifier: Apache-2.0
"""P4: the U-Net of benchmarks/micro/plain_unet.cpp in Python, bf16 autocast, as it is or through torch.compile."""
from __future__ import annotations

import argparse

from serving import need, serve

torch, = need("torch")


def two_convolutions(inside: int, out: int, stride: int) -> torch.nn.Sequential:
    def one(channels: int, step: int) -> list[torch.nn.Module]:
        return [torch.nn.Conv3d(channels, out, 3, step, 1), torch.nn.InstanceNorm3d(out, affine=True),
                torch.nn.LeakyReLU(0.01, inplace=True)]

    return torch.nn.Sequential(*one(inside, stride), *one(out, 1))


class Unet(torch.nn.Module):
    """[N, C, D, H, W] -> logits [N, K, D, H, W]."""

    def __init__(self, widths: list[int], channels: int, classes: int) -> None:
        super().__init__()
        inputs = [channels, *widths[:-1]]
        self.down = torch.nn.ModuleList(two_convolutions(inside, out, 1 if place == 0 else 2)
                                        for place, (inside, out) in enumerate(zip(inputs, widths)))
        pairs = list(zip(widths[:0:-1], widths[-2::-1]))  # from the coarsest up
        self.widen = torch.nn.ModuleList(torch.nn.ConvTranspose3d(below, out, 2, 2) for below, out in pairs)
        self.up = torch.nn.ModuleList(two_convolutions(2 * out, out, 1) for _, out in pairs)
        self.head = torch.nn.Conv3d(widths[0], classes, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        kept = []
        for stage in self.down:
            features = stage(features)
            kept.append(features)
        kept.pop()
        for widen, up in zip(self.widen, self.up):
            features = up(torch.cat([widen(features), kept.pop()], 1))
        return self.head(features)


def dice_and_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    shares = logits.softmax(1)
    truth = torch.nn.functional.one_hot(labels, logits.shape[1]).movedim(-1, 1).float()
    both, total = (shares * truth).sum((2, 3, 4)), shares.sum((2, 3, 4)) + truth.sum((2, 3, 4))
    dice = (2 * both + 1e-5) / (total + 1e-5)
    return 1 - dice[:, 1:].mean() + torch.nn.functional.cross_entropy(logits, labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    parser.add_argument("--inference", action="store_true", help="logits instead of an update")
    parser.add_argument("--rows", type=int, default=2, help="patches a step")
    parser.add_argument("--size", type=int, nargs=3, default=[64, 64, 64], help="voxels of a patch, z y x")
    parser.add_argument("--widths", type=int, nargs="+", default=[16, 32, 64, 128], help="channels a stage")
    parser.add_argument("--classes", type=int, default=3, help="background included")
    options = parser.parse_args()
    torch.manual_seed(1)
    network = Unet(options.widths, 1, options.classes)
    run = torch.compile(network) if options.compile else network
    optimiser = torch.optim.SGD(network.parameters(), 0.01, momentum=0.99, nesterov=True, weight_decay=3e-5)
    labels = torch.randint(options.classes, (options.rows, *options.size))
    image = torch.randn(options.rows, 1, *options.size) + labels[:, None]

    def infer() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            run(image)

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = run(image)
        dice_and_cross_entropy(logits.float(), labels).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 12)
        optimiser.step()

    parameters = sum(parameter.numel() for parameter in network.parameters())
    network.train(not options.inference)
    serve(infer if options.inference else step, lambda: {"parameters": parameters})


if __name__ == "__main__":
    main()
