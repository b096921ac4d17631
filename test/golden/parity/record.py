"""Records what transformers answers for small models with known weights.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch transformers safetensors numpy
    /tmp/parity/bin/python test/golden/parity/record.py

Each NAME.json beside this file holds a config.json and, for three fixed inputs, the logits and the CLS features that
the float32 model gives. Weights and inputs are not stored: both sides make them from a hash of the tensor's name and
the value's index (`values` here, test/helpers/synthetic-weights.ts there), exact in float32. The script also checks
that save_pretrained writes the same tensor names, and that float64 agrees.
"""

import json
import pathlib
import shutil
import tempfile

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent
ROWS = 3
CLASSES = {
    "vit": (transformers.ViTConfig, transformers.ViTForImageClassification),
    "deit": (transformers.DeiTConfig, transformers.DeiTForImageClassification),
}


def case(kind, image, patch, width, heads, layers, mlp, labels, **more):
    return dict(kind=kind, image_size=image, patch_size=patch, hidden_size=width, num_attention_heads=heads,
                num_hidden_layers=layers, intermediate_size=mlp, num_labels=labels, **more)


CASES = {
    "vit-one-layer": case("vit", 16, 4, 32, 2, 1, 64, 4),
    "vit-one-label": case("vit", 24, 8, 24, 3, 2, 96, 1),
    "vit-one-patch": case("vit", 32, 32, 16, 1, 3, 40, 2),
    "vit-one-head": case("vit", 32, 16, 48, 1, 2, 100, 7, layer_norm_eps=1e-6),
    "vit-many-heads": case("vit", 48, 12, 96, 12, 2, 192, 10),
    "vit-deep": case("vit", 32, 8, 40, 5, 6, 160, 5),
    "vit-no-qkv-bias": case("vit", 28, 7, 36, 6, 3, 72, 3, qkv_bias=False),
    "vit-one-layer-no-qkv-bias": case("vit", 20, 5, 28, 7, 1, 56, 9, qkv_bias=False, layer_norm_eps=1e-6),
    "vit-cut-edge": case("vit", 30, 8, 32, 4, 2, 64, 6),
    "vit-wide-head": case("vit", 64, 32, 128, 1, 2, 128, 21, layer_norm_eps=1e-2),
    "vit-224": case("vit", 224, 16, 64, 2, 2, 128, 12),
    "vit-thousand-labels": case("vit", 32, 16, 48, 4, 2, 96, 1000),
    "vit-tiny-shape": case("vit", 64, 16, 192, 3, 4, 768, 50),
    "vit-multilabel": case("vit", 36, 6, 30, 3, 2, 60, 4, problem_type="multi_label_classification"),
    "vit-relu": case("vit", 16, 8, 32, 4, 2, 64, 5, hidden_act="relu"),
    "vit-gelu-tanh": case("vit", 16, 8, 32, 4, 2, 64, 5, hidden_act="gelu_new"),
    "deit-one-layer": case("deit", 32, 8, 32, 2, 1, 64, 4),
    "deit-three-layers": case("deit", 48, 16, 64, 4, 3, 256, 100, layer_norm_eps=1e-6),
    "deit-no-qkv-bias": case("deit", 24, 4, 48, 3, 2, 96, 11, qkv_bias=False),
}


def hashed(name, count):
    """Values in [-1, 1), multiples of 2^-23: FNV-1a of the name, then a 32-bit mix of each index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + seed) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    x = x ^ (x >> 16)
    return ((x >> 8).astype(np.float64) - 2.0**23) / 2.0**23


def values(name, shape):
    v = hashed(name, int(np.prod(shape)))
    if "layernorm" in name:
        v = v / 4 + (1 if name.endswith("weight") else 0)
    elif name.endswith("bias"):
        v = v / 8
    elif len(shape) != 3:  # not a token or position table: scaled by the fan-in, queries and keys twice as much
        fan_in = int(np.prod(shape[1:]))
        v = v / 2 ** (fan_in.bit_length() >> 1)
        if ".query." in name or ".key." in name:
            v = v * 2
    return v.astype(np.float32).reshape(shape)


def record(name, options):
    options = dict(options)
    config_class, model_class = CLASSES[options.pop("kind")]
    config = config_class(**options)
    config.architectures = [model_class.__name__]
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        model_class(config).save_pretrained(work / "shapes")
        saved = load_file(work / "shapes" / "model.safetensors")
        (work / "filled").mkdir()
        shutil.copy(work / "shapes" / "config.json", work / "filled" / "config.json")
        filled = {key: values(key, tensor.shape) for key, tensor in saved.items()}
        save_file(filled, work / "filled" / "model.safetensors", metadata={"format": "pt"})
        model = model_class.from_pretrained(work / "filled", attn_implementation="eager").eval()
        model.save_pretrained(work / "again")
        again = load_file(work / "again" / "model.safetensors")
        assert again.keys() == filled.keys()
        assert all(np.array_equal(again[key], filled[key]) for key in filled)

        side = config.image_size
        pixels = np.stack([
            hashed(f"pixels {row}", 3 * side * side).astype(np.float32).reshape(3, side, side)
            for row in range(ROWS)
        ])
        base = getattr(model, config.model_type)

        def run(dtype):
            model.to(dtype)
            with torch.no_grad():
                x = torch.from_numpy(pixels).to(dtype)
                return model(x).logits.numpy(), base(x).last_hidden_state[:, 0].numpy()

        logits, features = run(torch.float32)
        for single, double in zip((logits, features), run(torch.float64)):
            assert np.abs(single - double).max() <= 1e-5 * np.sqrt((double**2).mean()), name

        document = json.loads((work / "again" / "config.json").read_text())
        document.pop("label2id", None)
        if config.num_labels > 100:
            document.pop("id2label", None)
        golden = {
            "recordedWith": f"torch {torch.__version__}, transformers {transformers.__version__}",
            "config": document,
            "tensors": len(filled),
            "logits": [[float(str(v)) for v in row] for row in logits],
            "features": [[float(str(v)) for v in row] for row in features],
        }
        (HERE / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
        scale = float(np.sqrt((logits**2).mean()))
        spread = float(np.abs(logits - logits[0]).max())
        print(f"{name}: {len(filled)} tensors, logit scale {scale:.3f}, rows differ by {spread:.3f}")
    finally:
        shutil.rmtree(work)


for case_name, case_options in CASES.items():
    record(case_name, case_options)
