"""Records what Pillow and numpy give for pictures that both languages can make.

    python -m venv /tmp/pillow && /tmp/pillow/bin/pip install pillow==13.0.0 numpy==2.4.6 transformers==5.24.0
    /tmp/pillow/bin/python test/golden/vision/make.py

Writes golden.json (SHA-256 of bytes), pictures/ (small encoded pictures) and unusual.json (pictures of unusual kinds as
base64, with what Pillow says of them) beside this file. Fonts, models and the network are not needed.
"""

import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import PIL
import transformers
from PIL import Image, ImageOps
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from unusual import unusual_pictures

HERE = Path(__file__).parent
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def picture(width, height, pattern):
    """The same pictures as test/helpers/synthetic-picture.ts makes: 32-bit integer arithmetic only."""
    y, x, c = np.meshgrid(
        np.arange(height, dtype=np.uint32), np.arange(width, dtype=np.uint32), np.arange(3, dtype=np.uint32), indexing="ij"
    )
    if pattern == "noise":
        h = (x * np.uint32(73856093)) ^ (y * np.uint32(19349663)) ^ (c * np.uint32(83492791))
        h ^= h >> np.uint32(13)
        h = h * np.uint32(0x5BD1E995)
        h ^= h >> np.uint32(15)
        value = h & np.uint32(255)
    elif pattern == "waves":
        value = ((x * x * 3 + y * y * 5 + x * y + c * 640) >> np.uint32(4)) & np.uint32(255)
    else:
        value = ((((x >> np.uint32(2)) + (y >> np.uint32(2)) + c) & np.uint32(1)) * np.uint32(255)) & np.uint32(255)
    return Image.fromarray(value.astype(np.uint8), "RGB")


def sha(data):
    return hashlib.sha256(data).hexdigest()


RESIZES = [
    # input width, height, output width, height
    (640, 480, 224, 224),
    (480, 640, 224, 298),
    (333, 500, 256, 384),
    (500, 333, 384, 256),
    (256, 256, 224, 224),
    (1021, 767, 31, 37),
    (224, 300, 224, 224),
    (300, 224, 224, 224),
    (224, 224, 224, 224),
    (17, 23, 64, 48),
    (1, 1, 32, 32),
    (3, 500, 32, 32),
    (700, 2, 32, 32),
    (2, 2, 3, 3),
    (65, 65, 64, 64),
]


def resizes():
    for index, (width, height, to_width, to_height) in enumerate(RESIZES):
        pattern = ["noise", "waves", "edges"][index % 3]
        for name, resample in FILTERS.items():
            for shown in {pattern, "noise"}:
                resized = picture(width, height, shown).resize((to_width, to_height), resample)
                yield {
                    "input": [width, height, shown],
                    "output": [to_width, to_height],
                    "resample": name,
                    "sha256": sha(resized.tobytes()),
                }


def prepare(image, resize, resample, crop, mean, std):
    """Resize, centre crop with torchvision's rounding, then ViTImageProcessor's arithmetic in float32."""
    if resize["mode"] == "squash":
        image = image.resize((resize["width"], resize["height"]), FILTERS[resample])
    else:
        width, height = image.size
        size = resize["size"]
        target = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
        image = image.resize(target, FILTERS[resample])
    if crop is not None:
        left = int(round((image.width - crop) / 2.0))
        top = int(round((image.height - crop) / 2.0))
        image = image.crop((left, top, left + crop, top + crop))
    values = (np.asarray(image).astype(np.float64) * (1 / 255)).astype(np.float32)
    values = (values - np.array(mean, dtype=np.float32)) / np.array(std, dtype=np.float32)
    return np.ascontiguousarray(values.transpose(2, 0, 1))


HALF = [0.5, 0.5, 0.5]
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]
PROFILES = {
    "checkpoint": ({"mode": "squash", "width": 224, "height": 224}, "bilinear", None, HALF, HALF),
    "card": ({"mode": "squash", "width": 256, "height": 256}, "bilinear", 224, HALF, HALF),
    "deit": ({"mode": "shortest-edge", "size": 256}, "bicubic", 224, MEAN, STD),
    "timm": ({"mode": "shortest-edge", "size": 248}, "bicubic", 224, MEAN, STD),
}


def profiles():
    # 333 and 501 give odd differences, where the two ways of rounding the crop's corner part.
    for width, height in [(640, 480), (333, 501), (501, 333), (100, 397), (300, 300)]:
        for name, (resize, resample, crop, mean, std) in PROFILES.items():
            tensor = prepare(picture(width, height, "noise"), resize, resample, crop, mean, std)
            yield {"input": [width, height, "noise"], "profile": name, "sha256": sha(tensor.tobytes())}


def encoded():
    """Encoded pictures and what Pillow reads from them: exif_transpose, then RGB."""
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    small = picture(47, 33, "waves")
    noise = picture(31, 25, "noise")
    with_alpha = small.convert("RGBA")
    with_alpha.putalpha(picture(47, 33, "edges").convert("L"))
    exif = Image.Exif()
    saves = {
        "baseline-420.jpg": (small, {"quality": 88}),
        "baseline-444.jpg": (noise, {"quality": 95, "subsampling": 0}),
        "progressive.jpg": (small, {"quality": 80, "progressive": True}),
        "grey.jpg": (small.convert("L"), {"quality": 85}),
        "rgb.png": (noise, {}),
        "alpha.png": (with_alpha, {}),
        "grey.png": (small.convert("L"), {}),
        "grey-alpha.png": (with_alpha.convert("LA"), {}),
        "palette.png": (small.quantize(32), {}),
        "one-bit.png": (small.convert("1"), {}),
        "lossless.webp": (noise, {"lossless": True}),
        "lossy.webp": (small, {"quality": 80}),
        "palette.gif": (small.quantize(64), {}),
        "plain.tiff": (noise, {}),
    }
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        saves[f"orientation-{orientation}.jpg"] = (small, {"quality": 90, "exif": exif.tobytes()})
    two_frames = {"save_all": True, "append_images": [picture(31, 25, "edges").quantize(8)], "duration": 100}
    saves["two-frames.gif"] = (noise.quantize(64), two_frames)
    for name, (image, options) in saves.items():
        image.save(folder / name, **options)
        read = ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB")
        yield {"file": name, "size": list(read.size), "sha256": sha(read.tobytes())}


def random_resizes():
    """Sizes of every relation, extreme ones among them; a part of the result is cut out."""
    rng = np.random.default_rng(7)
    extremes = [(1, 2000), (2000, 1), (2, 1500), (1, 1), (7, 1), (4000, 3), (5, 900), (900, 5)]
    for index in range(90):
        side = 40 if index % 3 == 0 else 500
        width, height = extremes[index] if index < len(extremes) else (int(v) for v in rng.integers(1, side, 2))
        to_width, to_height = (int(v) for v in rng.integers(1, 120, 2))
        left, top = int(rng.integers(0, to_width)), int(rng.integers(0, to_height))
        right, bottom = int(rng.integers(left + 1, to_width + 1)), int(rng.integers(top + 1, to_height + 1))
        name = ["bilinear", "bicubic"][index % 2]
        resized = picture(width, height, "noise").resize((to_width, to_height), FILTERS[name])
        yield {
            "input": [width, height, "noise"],
            "output": [to_width, to_height],
            "resample": name,
            "window": [left, top, right - left, bottom - top],
            "sha256": sha(resized.crop((left, top, right, bottom)).tobytes()),
        }


def processors():
    """preprocessor_config.json as transformers' own processors (the ones over Pillow) take it."""
    card = {"size": {"height": 256, "width": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}}
    configs = [
        ({"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}}, ViTImageProcessorPil),
        ({"image_processor_type": "DeiTImageProcessor", **card, "resample": 2, "image_mean": HALF, "image_std": HALF}, DeiTImageProcessorPil),
        ({"image_processor_type": "DeiTImageProcessor", **card, "resample": 3, "image_mean": MEAN, "image_std": STD}, DeiTImageProcessorPil),
        ({"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}, "do_normalize": False}, ViTImageProcessorPil),
        ({"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}, "do_rescale": False, "do_normalize": False}, ViTImageProcessorPil),
    ]
    for config, kind in configs:
        processor = kind(**{key: value for key, value in config.items() if key != "image_processor_type"})
        for width, height in [(640, 480), (97, 301), (224, 224), (1, 1)]:
            tensor = processor(picture(width, height, "noise"), return_tensors="np")["pixel_values"][0]
            yield {"config": config, "input": [width, height, "noise"], "sha256": sha(tensor.astype(np.float32).tobytes())}


def unusual():
    """What Pillow reads from each of the unusual pictures, or null where it refuses."""
    for name, data in unusual_pictures(picture).items():
        entry = {"name": name, "base64": base64.b64encode(data).decode()}
        try:
            read = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
            yield {**entry, "size": list(read.size), "sha256": sha(read.tobytes())}
        except (OSError, ValueError):
            yield {**entry, "size": None, "sha256": None}


golden = {
    "made": {"pillow": PIL.__version__, "numpy": np.__version__, "transformers": transformers.__version__},
    "resize": list(resizes()),
    "randomResize": list(random_resizes()),
    "profiles": list(profiles()),
    "processors": list(processors()),
    "decode": list(encoded()),
}
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
(HERE / "unusual.json").write_text(json.dumps(list(unusual()), indent=1) + "\n")
