"""Records how transformers interpolates position embeddings for pictures of another size.

    python -m venv /tmp/positions && /tmp/positions/bin/pip install torch transformers numpy
    /tmp/positions/bin/python test/golden/positions/record.py

positions.json beside this file holds, for each case, the grids' sides and the float32 embeddings that
`interpolate_pos_encoding` gives for a table whose values are the hash of the name "positions" (`hashed`
here and in test/helpers/synthetic-weights.ts).
"""

import json
import pathlib

import numpy as np
import torch
import transformers

HERE = pathlib.Path(__file__).parent
WIDTH = 3
PATCH = 8
CASES = [("vit", 4, 6), ("vit", 4, 3), ("vit", 4, 7), ("vit", 2, 9), ("deit", 3, 5), ("deit", 14, 16)]
CLASSES = {
    "vit": (transformers.ViTConfig, transformers.ViTForImageClassification),
    "deit": (transformers.DeiTConfig, transformers.DeiTForImageClassification),
}


def hashed(name, count):
    """Values in [-1, 1), multiples of 2^-23: FNV-1a of the name, then a 32-bit mix of each index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + seed) & 0xFFFFFFFF
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return ((x >> np.uint64(8)).astype(np.int64) - 2**23) / 2**23


def main():
    recorded = []
    for kind, source, target in CASES:
        config, model = CLASSES[kind]
        prefix = 2 if kind == "deit" else 1
        made = model(config(hidden_size=WIDTH, num_attention_heads=1, num_hidden_layers=1, intermediate_size=4,
                            image_size=source * PATCH, patch_size=PATCH))
        embeddings = getattr(made, kind).embeddings
        values = hashed("positions", (prefix + source * source) * WIDTH)
        table = torch.tensor(values).float().reshape(1, -1, WIDTH)
        embeddings.position_embeddings = torch.nn.Parameter(table)
        side = target * PATCH
        tokens = torch.zeros(1, prefix + target * target, WIDTH)
        with torch.no_grad():
            result = embeddings.interpolate_pos_encoding(tokens, side, side)
        assert result.shape == (1, prefix + target * target, WIDTH), result.shape
        recorded.append({"prefix": prefix, "from": source, "to": target,
                         "values": [float(f"{value:.9g}") for value in result.flatten().tolist()]})
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    (HERE / "positions.json").write_text(json.dumps({"versions": versions, "width": WIDTH, "cases": recorded}) + "\n")


if __name__ == "__main__":
    main()
