"""Batch endpoints and deployments of both kinds."""

from azure.ai.ml import Input, load_component
from azure.ai.ml.constants import BatchDeploymentOutputAction
from azure.ai.ml.entities import (
    AmlCompute,
    BatchEndpoint,
    BatchRetrySettings,
    Environment,
    Model,
    ModelBatchDeployment,
    ModelBatchDeploymentSettings,
    PipelineComponentBatchDeployment,
)
from flow import expect_refused, flow, folder_with, run, workspace_client

ml = workspace_client()
image = "mcr.microsoft.com/azureml/curated/minimal:1"


@flow("batch: what deployments need")
def prepare():
    package = folder_with({"package/MLmodel": "flavors: {}\n"})
    ml.models.create_or_update(Model(name="mlflow", version="1", path=str(package / "package"), type="mlflow_model"))
    ml.compute.begin_create_or_update(AmlCompute(name="cluster", size="Standard_DS3_v2", max_instances=2)).result()
    ml.environments.create_or_update(Environment(name="bulk", version="1", image=image))


@flow("batch: endpoint create, again, get, list")
def endpoint():
    made = ml.batch_endpoints.begin_create_or_update(
        BatchEndpoint(name="bulk", description="flow", tags={"kind": "flow"})
    ).result()
    assert made.name == "bulk" and made.auth_mode.lower() in ("aadtoken", "aad_token"), made.auth_mode
    again = ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="bulk", description="otherwise")).result()
    assert again.description == "otherwise"
    assert ml.batch_endpoints.get("bulk").scoring_uri
    assert "bulk" in [found.name for found in ml.batch_endpoints.list()]


@flow("batch: model deployment")
def model_deployment():
    made = ml.batch_deployments.begin_create_or_update(
        ModelBatchDeployment(
            name="files",
            endpoint_name="bulk",
            model="azureml:mlflow:1",
            compute="cluster",
            settings=ModelBatchDeploymentSettings(
                instance_count=1,
                mini_batch_size=4,
                max_concurrency_per_instance=2,
                output_action=BatchDeploymentOutputAction.APPEND_ROW,
                output_file_name="predictions.csv",
                retry_settings=BatchRetrySettings(max_retries=2, timeout=60),
                logging_level="info",
            ),
        )
    ).result()
    assert made.name == "files" and made.endpoint_name == "bulk", made
    read = ml.batch_deployments.get("files", "bulk")
    assert read.mini_batch_size == 4 and read.retry_settings.max_retries == 2, read


@flow("batch: pipeline component deployment")
def pipeline_deployment():
    import json

    step = {
        "type": "command",
        "name": "score",
        "version": "1",
        "inputs": {"images": {"type": "uri_folder"}},
        "outputs": {"scores": {"type": "uri_folder"}},
        "environment": "azureml:bulk:1",
        "command": "cp -r ${{inputs.images}} ${{outputs.scores}}",
    }
    pipeline = {
        "type": "pipeline",
        "name": "scores",
        "version": "1",
        "inputs": {"images": {"type": "uri_folder"}},
        "outputs": {"scores": {"type": "uri_folder"}},
        "jobs": {
            "score": {
                "type": "command",
                "component": "azureml:score:1",
                "inputs": {"images": "${{parent.inputs.images}}"},
                "outputs": {"scores": "${{parent.outputs.scores}}"},
            }
        },
    }
    folder = folder_with({"step.yml": json.dumps(step), "pipeline.yml": json.dumps(pipeline)})
    ml.components.create_or_update(load_component(str(folder / "step.yml")))
    component = ml.components.create_or_update(load_component(str(folder / "pipeline.yml")))
    made = ml.batch_deployments.begin_create_or_update(
        PipelineComponentBatchDeployment(
            name="pipeline",
            endpoint_name="bulk",
            component=component.id,
            settings={"default_compute": "cluster", "continue_on_step_failure": False},
        )
    ).result()
    assert made.name == "pipeline", made
    read = ml.batch_deployments.get("pipeline", "bulk")
    assert read.properties["default_compute"] == "cluster", read.properties


@flow("batch: deployments list")
def list_deployments():
    assert {found.name for found in ml.batch_deployments.list("bulk")} == {"files", "pipeline"}


@flow("batch: default deployment")
def default():
    read = ml.batch_endpoints.get("bulk")
    read.defaults.deployment_name = "files"
    made = ml.batch_endpoints.begin_create_or_update(read).result()
    assert made.defaults.deployment_name == "files", made.defaults


@flow("batch: invoke as a job, list jobs")
def invoke():
    folder = folder_with({"images/a.txt": "a", "images/b.txt": "b"})
    images = Input(type="uri_folder", path=str(folder / "images"))
    job = ml.batch_endpoints.invoke("bulk", deployment_name="pipeline", inputs={"images": images})
    assert job.name, job
    ml.jobs.stream(job.name)
    assert ml.jobs.get(job.name).status == "Completed"
    assert job.name in [listed.name for listed in ml.batch_endpoints.list_jobs("bulk")]


@flow("batch: absent endpoint, absent deployment")
def absent():
    expect_refused(404, lambda: ml.batch_endpoints.get("absent"))
    expect_refused(404, lambda: ml.batch_deployments.get("absent", "bulk"))


@flow("batch: delete")
def delete():
    ml.batch_deployments.begin_delete("pipeline", "bulk").result()
    assert [found.name for found in ml.batch_deployments.list("bulk")] == ["files"]
    ml.batch_endpoints.begin_delete("bulk").result()
    expect_refused(404, lambda: ml.batch_endpoints.get("bulk"))


run()
