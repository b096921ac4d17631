"""Makes the files of formats/ whose tensors are views, out of formats/zip.bin; PyTorch alone is needed.

    python -m venv /tmp/checkpoints && /tmp/checkpoints/bin/pip install torch
    /tmp/checkpoints/bin/python test/golden/checkpoints/strided.py

All but the last two have the values of zip.bin, lying differently: matrices transposed, the patches' filters with their
channels last, query, key and value as columns of one matrix, and every second value of a longer vector.
"""

import pathlib

import torch

HERE = pathlib.Path(__file__).parent / "formats"
plain = dict(torch.load(HERE / "zip.bin", weights_only=True))
layer = "vit.layers.0"
fc1 = f"{layer}.mlp.fc1.weight"


def transposed(state):
    return {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in state.items()}


def channels_last(state):
    return {k: v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()}


def columns(state):
    names = [f"{layer}.attention.{part}_proj.weight" for part in "qkv"]
    joined = torch.cat([state[name] for name in names], dim=1)
    return {**state, **dict(zip(names, joined.chunk(3, dim=1)))}


def sliced(state):
    longer = {k: torch.stack([v, v + 1], dim=-1) for k, v in state.items() if v.dim() == 1}
    return {**state, **{k: v[..., 0] for k, v in longer.items()}}


views = sliced(columns(channels_last(transposed(plain))))
assert sum(not v.is_contiguous() for v in views.values()) > 10
assert all(torch.equal(v, plain[k]) for k, v in views.items())
torch.save(views, HERE / "strided.bin")
torch.save(views, HERE / "strided-legacy.bin", _use_new_zipfile_serialization=False)
torch.save(views, HERE / "strided-legacy-4.bin", _use_new_zipfile_serialization=False, pickle_protocol=4)
torch.save({k: v.double() for k, v in views.items()}, HERE / "strided-float64.bin")
torch.save({k: torch.nn.Parameter(v) for k, v in views.items()}, HERE / "strided-parameters.pt")
for name in ("strided-float64.bin", "strided-parameters.pt"):
    loaded = torch.load(HERE / name, weights_only=True)
    assert not loaded[fc1].is_contiguous()
torch.save({**plain, f"{layer}.mlp.fc1.bias": plain[f"{layer}.mlp.fc1.bias"][:1].expand(16)}, HERE / "expanded.refused")
# A window that moves by one value: the second row begins inside the first.
torch.save({**plain, "classifier.weight": torch.arange(10.0).as_strided((3, 8), (1, 1))}, HERE / "sliding.refused")
