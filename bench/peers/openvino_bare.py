"""Bare OpenVINO on an ONNX graph with ready tensors: prints images a second for each line on stdin.

Arguments: graph, threads. A line holds `batch images`.
"""

import sys
import time

import numpy as np
import openvino as ov

graph, threads = sys.argv[1], int(sys.argv[2])
core = ov.Core()
settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
compiled = core.compile_model(core.read_model(graph), "CPU", settings)
request = compiled.create_infer_request()
print(ov.__version__, flush=True)
for line in sys.stdin:
    batch, images = (int(word) for word in line.split())
    pixels = np.sin(np.arange(batch * 3 * 224 * 224, dtype=np.float32) * 0.37).reshape(batch, 3, 224, 224)
    request.infer({"pixel_values": pixels})
    begin = time.perf_counter()
    for _ in range(max(1, images // batch)):
        request.infer({"pixel_values": pixels})
    print(max(1, images // batch) * batch / (time.perf_counter() - begin), flush=True)
