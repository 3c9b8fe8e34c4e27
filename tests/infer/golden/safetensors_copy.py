# SPDX-License-Identifier: Apache-2.0
"""Reads a safetensors file with the format's own library and writes it again: safetensors_copy.py IN OUT."""
import sys

try:
    import torch  # noqa: F401  (registers bfloat16)
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)

tensors = load_file(sys.argv[1])
save_file({name: tensor.clone() for name, tensor in tensors.items()}, sys.argv[2])
