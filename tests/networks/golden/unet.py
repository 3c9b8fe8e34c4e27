# SPDX-License-Identifier: Apache-2.0
"""U-Nets of dynamic-network-architectures with weights, outputs and gradients: unet.py SPECS.json FOLDER.

SPECS is a list of {name, kind, dims, channels, size, widths, kernels, strides, blocks, decoder_blocks}; FOLDER gets
NAME.safetensors with image, param.*, level.<i> (finest first), price.<i>, grad.* where the gradients are those of
sum over levels of sum(level * price).
"""
import json
import sys

try:
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
    from safetensors.torch import save_file
except ImportError as error:
    print(error)
    sys.exit(77)

CLASSES = 3


def build(spec):
    flat = spec["dims"] == 2
    triples = (lambda rows: [row[1:] for row in rows]) if flat else (lambda rows: rows)
    residual = spec["kind"] == "residual"
    blocks = {"n_blocks_per_stage" if residual else "n_conv_per_stage": spec["blocks"]}
    network = (ResidualEncoderUNet if residual else PlainConvUNet)(
        input_channels=spec["channels"],
        n_stages=len(spec["widths"]),
        features_per_stage=spec["widths"],
        conv_op=torch.nn.Conv2d if flat else torch.nn.Conv3d,
        kernel_sizes=triples(spec["kernels"]),
        strides=triples(spec["strides"]),
        num_classes=CLASSES,
        n_conv_per_stage_decoder=spec["decoder_blocks"],
        conv_bias=True,
        norm_op=torch.nn.InstanceNorm2d if flat else torch.nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=torch.nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
        deep_supervision=True,
        **blocks,
    )
    network.apply(network.initialize)
    with torch.no_grad():  # leave the special values of a fresh network, such as norms of zero
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def record(spec):
    network = build(spec)
    size = spec["size"][1:] if spec["dims"] == 2 else spec["size"]
    image = torch.randn(2, spec["channels"], *size, requires_grad=True)
    levels = network(image)
    prices = [torch.randn_like(level) for level in levels]
    sum((level * price).sum() for level, price in zip(levels, prices)).backward()
    aliases = ("all_modules", "decoder.encoder")
    parameters = {
        name: parameter
        for name, parameter in network.named_parameters(remove_duplicate=False)
        if not any(alias in name for alias in aliases)
    }
    tensors = {"image": image, "grad.image": image.grad}
    tensors |= {f"param.{name}": parameter for name, parameter in parameters.items()}
    tensors |= {f"grad.{name}": parameter.grad for name, parameter in parameters.items()}
    tensors |= {f"level.{i}": level for i, level in enumerate(levels)}
    tensors |= {f"price.{i}": price for i, price in enumerate(prices)}
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


torch.manual_seed(0)
with open(sys.argv[1]) as file:
    specs = json.load(file)
for spec in specs:
    save_file(record(spec), f"{sys.argv[2]}/{spec['name']}.safetensors")
