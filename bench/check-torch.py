"""Loads a file of `writeTorch` with PyTorch itself and compares it, tensor by tensor, with the safetensors beside it.

    python bench/check-torch.py pytorch_model.bin model.safetensors

Needs torch and safetensors. Run by hand: PyTorch is too large for the tests.
"""

import sys

import torch
from safetensors.torch import load_file

bin_file, safetensors_file = sys.argv[1:3]
read = torch.load(bin_file, map_location="cpu", weights_only=True)
mapped = torch.load(bin_file, map_location="cpu", weights_only=True, mmap=True)
expected = load_file(safetensors_file)
assert list(sorted(read)) == list(sorted(expected)), set(read) ^ set(expected)
for name, tensor in expected.items():
    for got in (read[name], mapped[name]):
        assert got.dtype == tensor.dtype and got.shape == tensor.shape and got.is_contiguous(), name
        assert torch.equal(got, tensor), name
print(f"torch {torch.__version__}: {len(expected)} tensors are the same, read and mapped")
