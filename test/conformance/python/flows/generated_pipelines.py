"""The pipelines that `aml-deit generate` writes, submitted by azure-ai-ml: streamed, their steps listed, outputs fetched."""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

from azure.ai.ml import load_job
from azure.ai.ml.entities import AmlCompute
from flow import flow, run, workspace_client

ml = workspace_client()
folder = Path(sys.argv[1])


def steps_of(name):
    """Names of the steps, those of steps included."""
    found = {}
    for child in ml.jobs.list(parent_job_name=name):
        found[child.display_name] = child.status
        found.update(steps_of(child.name))
    return found


def submit(file):
    job = ml.jobs.create_or_update(load_job(folder / file))
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        ml.jobs.stream(job.name)
    assert ml.jobs.get(job.name).status == "Completed", text.getvalue()
    return job.name


def fetch(name, output):
    target = tempfile.mkdtemp(prefix="flow-")
    ml.jobs.download(name, download_path=target, output_name=output)
    return {path.name: path for path in Path(target).rglob("*") if path.is_file()}


@flow("pipelines: what they need")
def prepare():
    ml.compute.begin_create_or_update(
        AmlCompute(name="deit-gpu", size="Standard_NC4as_T4_v3", min_instances=0, max_instances=1)
    ).result()


def finetune(task):
    name = submit(f"{task}/finetune-pipeline.yml")
    steps = steps_of(name)
    for step in ("finetune_common_validation", "image_classification_model_import", "image_classification_finetune"):
        assert steps.get(step) == "Completed", steps
    assert {"config.json", "pytorch_model.bin", "preprocessor_config.json"} <= set(fetch(name, "pytorch_model"))
    assert "MLmodel" in fetch(name, "mlflow_model")


def evaluate(task):
    name = submit(f"{task}/evaluate-pipeline.yml")
    assert set(steps_of(name).values()) == {"Completed"}, steps_of(name)


@flow("pipelines: fine-tune, multi-class")
def finetune_multiclass():
    finetune("multiclass")


@flow("pipelines: fine-tune, multi-label")
def finetune_multilabel():
    finetune("multilabel")


@flow("pipelines: evaluate, multi-class")
def evaluate_multiclass():
    evaluate("multiclass")


@flow("pipelines: evaluate, multi-label")
def evaluate_multilabel():
    evaluate("multilabel")


run()
