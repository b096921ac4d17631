"""Makes small checkpoints in every format that is read, with the libraries that write them.

    python -m venv /tmp/checkpoints && /tmp/checkpoints/bin/pip install torch transformers timm safetensors numpy
    /tmp/checkpoints/bin/python test/golden/checkpoints/record.py

`formats/` has one model, saved in many ways; golden.json says what each file's float32 model answers. `timm/` and
`timm-distilled/` are what timm itself writes, `distilled/` and the others what transformers does. Each folder's
golden.json has the logits for two fixed pictures (`hashed` in test/golden/parity/record.py, which also makes the weights).
"""

import collections
import importlib.util
import json
import pathlib
import shutil

import numpy as np
import timm
import torch
import transformers
from safetensors.torch import save_file
from timm.models._hub import save_for_hf

HERE = pathlib.Path(__file__).parent
ROWS = 2


def load_parity():
    """`hashed` and `values` without running that script's recordings."""
    source = (HERE.parent / "parity" / "record.py").read_text().rsplit("\nfor case_name", 1)[0]
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("parity", loader=None))
    module.__dict__["__file__"] = str(HERE.parent / "parity" / "record.py")
    exec(source, module.__dict__)
    return module


parity = load_parity()


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def pictures(channels, height, width):
    count = channels * height * width
    rows = [parity.hashed(f"pixels {row}", count).astype(np.float32) for row in range(ROWS)]
    return torch.from_numpy(np.stack(rows).reshape(ROWS, channels, height, width))


def fill(model):
    """Known values of a sensible size, by the names that the model itself uses."""
    state = model.state_dict()
    for name, tensor in state.items():
        tensor.copy_(torch.from_numpy(parity.values(name.replace("norm1", "layernorm").replace("norm2", "layernorm"), tuple(tensor.shape))))
    model.load_state_dict(state)
    return model.eval()


def logits(model, pixels):
    with torch.no_grad():
        output = model(pixels)
    return [[float(str(v)) for v in row] for row in getattr(output, "logits", output).numpy()]


def write_golden(folder, **golden):
    made = f"torch {torch.__version__}, transformers {transformers.__version__}, timm {timm.__version__}"
    (folder / "golden.json").write_text(json.dumps({"recordedWith": made, **golden}) + "\n")


def vit(**more):
    options = dict(image_size=16, patch_size=8, hidden_size=8, num_attention_heads=2, num_hidden_layers=1,
                   intermediate_size=16, num_labels=3)
    return transformers.ViTForImageClassification(transformers.ViTConfig(**{**options, **more}))


def formats():
    folder = fresh("formats")
    model = fill(vit())
    pixels = pictures(3, 16, 16)
    model.save_pretrained(folder)
    state = model.state_dict()
    plain = collections.OrderedDict(state)

    torch.save(state, folder / "zip.bin")
    torch.save(state, folder / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(state, folder / "protocol-4.bin", pickle_protocol=4)
    torch.save({"model": plain, "epoch": 7}, folder / "wrapped.pth")
    torch.save({"state_dict": {f"module.{k}": v for k, v in plain.items()}, "lr": 0.1}, folder / "prefixed.pth")
    torch.save(dict(model.named_parameters()), folder / "parameters.pt")
    torch.save({f"module._orig_mod.{k}": v for k, v in plain.items()}, folder / "compiled.pt")
    # One storage for query, key and value, as a fused projection leaves it.
    views = dict(plain)
    for kind in ("weight", "bias"):
        names = [f"vit.layers.0.attention.{part}_proj.{kind}" for part in "qkv"]
        joined = torch.cat([plain[name] for name in names])
        views.update(zip(names, joined.chunk(3)))
    torch.save(views, folder / "views.pt")
    torch.serialization.set_crc32_options(False)
    torch.save(plain, folder / "no-checksums.pt")
    torch.serialization.set_crc32_options(True)

    answers = {"float32": logits(model, pixels)}
    for dtype in ("float16", "bfloat16", "float64"):
        cast = {k: v.to(getattr(torch, dtype)) for k, v in plain.items()}
        torch.save(cast, folder / f"{dtype}.bin")
        save_file(cast, folder / f"{dtype}.safetensors", metadata={"format": "pt"})
        again = vit()
        again.load_state_dict({k: v.float() for k, v in cast.items()})
        answers[dtype] = logits(again.eval(), pixels)

    saved = {}
    from safetensors import safe_open
    with safe_open(folder / "model.safetensors", "pt") as source:
        saved = {name: source.get_tensor(name) for name in source.keys()}
    names = sorted(saved)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    for kind, write in (("safetensors", lambda t, f: save_file(t, f, metadata={"format": "pt"})), ("bin", torch.save)):
        weight_map = {}
        for index, part in enumerate(halves, 1):
            name = f"part-{index}-of-2.{kind}"
            write({k: saved[k] for k in part}, folder / name)
            weight_map.update({k: name for k in part})
        document = {"metadata": {"total_size": sum(t.numel() * 4 for t in saved.values())}, "weight_map": weight_map}
        (folder / f"parts.{kind}.index.json").write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")

    # What is refused.
    torch.save({**plain, "classifier.bias": torch.tensor([0.0, float("nan"), 0.0])}, folder / "nan.refused")
    torch.save(model, folder / "whole-model.refused")
    torch.save({"model": plain, "args": np.float64(1.5)}, folder / "numpy.refused")
    write_golden(folder, logits=answers)


def save_timm(folder, name, pixels, **options):
    model = fill(timm.create_model(name, pretrained=False, **options))
    save_for_hf(model, folder, model_args=options)
    write_golden(folder, logits=logits(model, pixels))


def timm_models():
    options = dict(img_size=16, patch_size=8, embed_dim=12, depth=2, num_heads=3, num_classes=4)
    save_timm(fresh("timm"), "vit_tiny_patch16_224", pictures(3, 16, 16), **options)
    save_timm(fresh("timm-no-qkv-bias"), "deit_tiny_patch16_224", pictures(3, 16, 16), qkv_bias=False, **options)
    save_timm(fresh("timm-distilled"), "deit_tiny_distilled_patch16_224", pictures(3, 16, 16), **options)


def architectures():
    options = dict(image_size=16, patch_size=8, hidden_size=8, num_attention_heads=2, num_hidden_layers=2,
                   intermediate_size=16, num_labels=3)
    deit = transformers.DeiTConfig(**options)
    cases = {
        "distilled": (transformers.DeiTForImageClassificationWithTeacher(deit), (3, 16, 16)),
        "wide": (vit(image_size=(16, 24), num_hidden_layers=2), (3, 16, 24)),
        "tall-patches": (vit(image_size=(24, 20), patch_size=(8, 4)), (3, 24, 20)),
        "one-channel": (vit(num_channels=1, num_hidden_layers=2), (1, 16, 16)),
    }
    for name, (model, shape) in cases.items():
        folder = fresh(name)
        fill(model).save_pretrained(folder)
        write_golden(folder, logits=logits(model, pictures(*shape)))


formats()
timm_models()
architectures()
