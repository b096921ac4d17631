"""torch's own ONNX export of a checkpoint, the graph that users of transformers.js have. Arguments: checkpoint, file."""

import sys

import torch
from transformers import ViTForImageClassification


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).logits


checkpoint, file = sys.argv[1:3]
model = ViTForImageClassification.from_pretrained(checkpoint, attn_implementation="eager").eval()
torch.onnx.export(
    Logits(model),
    (torch.zeros(1, 3, 224, 224),),
    file,
    input_names=["pixel_values"],
    output_names=["logits"],
    dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
    opset_version=18,
    dynamo=False,
)
