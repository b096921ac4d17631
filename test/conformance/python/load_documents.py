"""Asks azure-ai-ml what it thinks of documents.

Usage: load_documents.py REQUESTS ANSWERS [--seconds]

REQUESTS is a JSON list of {"kind", "file"} or {"kind", "file", "text"}; with a text, `file` is where it counts as
standing, for the paths in it. ANSWERS becomes a JSON list, one item for each request: null where the document loads (and, for jobs and
components, validates), else the reason as text. With --seconds the time that loading took, without the import, is
printed.
"""

import io
import json
import logging
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from azure.ai.ml import (  # noqa: E402
    load_batch_deployment,
    load_batch_endpoint,
    load_component,
    load_compute,
    load_data,
    load_environment,
    load_job,
    load_model,
    load_online_deployment,
    load_online_endpoint,
)
from azure.ai.ml.entities._load_functions import (  # noqa: E402
    load_model_batch_deployment,
    load_pipeline_component_batch_deployment,
)

LOADERS = {
    "managedOnlineEndpoint": load_online_endpoint,
    "managedOnlineDeployment": load_online_deployment,
    "batchEndpoint": load_batch_endpoint,
    "batchDeployment": load_batch_deployment,
    "modelBatchDeployment": load_model_batch_deployment,
    "pipelineComponentBatchDeployment": load_pipeline_component_batch_deployment,
    "pipelineJob": load_job,
    "commandJob": load_job,
    "commandComponent": load_component,
    "pipelineComponent": load_component,
    "model": load_model,
    "environment": load_environment,
    "data": load_data,
    "amlCompute": load_compute,
}

VALIDATED = {"pipelineJob", "commandJob", "commandComponent", "pipelineComponent"}


class Source(io.BytesIO):
    """A file that is nowhere: the loaders take its name for the place of the document."""

    def __init__(self, text, name):
        super().__init__(text.encode("utf-8"))
        self.name = name


def reason(error):
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:400]}"


def verdict(request):
    kind = request["kind"]
    try:
        file = request["file"]
        source = Source(request["text"], file) if "text" in request else file
        entity = LOADERS[kind](source, relative_origin=file)
        if kind in VALIDATED:
            result = entity._validate()
            if not result.passed:
                return f"validate: {json.dumps(result.error_messages)[:400]}"
    except Exception as error:  # a loader may raise anything at all: a TypeError refuses like a ValidationError
        return reason(error)
    return None


def main():
    requests = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    start = time.perf_counter()
    answers = [verdict(request) for request in requests]
    seconds = time.perf_counter() - start
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")
    if "--seconds" in sys.argv[3:]:
        print(f"{seconds:.3f}")


main()
