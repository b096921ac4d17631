"""Entry script for azureml-inference-server-http: transformers and torch on the checkpoint that BENCH_CHECKPOINT names."""

import base64
import io
import json
import os

import torch
from PIL import Image
from transformers import ViTForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil


def init():
    global model, processor
    torch.set_num_threads(int(os.environ["BENCH_THREADS"]))
    model = ViTForImageClassification.from_pretrained(os.environ["BENCH_CHECKPOINT"]).eval()
    half = [0.5, 0.5, 0.5]
    processor = ViTImageProcessorPil(size={"height": 224, "width": 224}, image_mean=half, image_std=half, resample=2)


def run(raw_data):
    rows = json.loads(raw_data)["input_data"]["data"]
    images = [Image.open(io.BytesIO(base64.b64decode(row))).convert("RGB") for row in rows]
    with torch.inference_mode():
        logits = model(**processor(images, return_tensors="pt")).logits
    labels = list(model.config.id2label.values())
    return [{"probs": row, "labels": labels} for row in logits.softmax(-1).tolist()]
