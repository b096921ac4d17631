"""MLflow's own client against the tracking API: plain, or with Azure's plugin, as the first parameter says."""

import math
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "flows"))

import mlflow
import requests
from azure.identity import DefaultAzureCredential
from flow import flow, folder_with, run
from mlflow import MlflowClient
from mlflow.entities import Metric, ViewType
from mlflow.exceptions import MlflowException

kind = sys.argv[1]
token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
arm = os.environ["ARM_CLOUD_METADATA_URL"].split("/metadata/")[0]
workspace = "/subscriptions/{AZURE_SUBSCRIPTION_ID}/resourceGroups/{AZURE_RESOURCE_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{AZUREML_WORKSPACE_NAME}".format(**os.environ)
call = {"headers": {"authorization": f"Bearer {token}"}, "params": {"api-version": "2024-10-01"}}
uri = requests.get(f"{arm}{workspace}", **call).json()["properties"]["mlFlowTrackingUri"]
if kind == "plain":
    uri = uri.replace("azureml://", "https://")
    os.environ["MLFLOW_TRACKING_TOKEN"] = token
mlflow.set_tracking_uri(uri)
client = MlflowClient()
made = {}


def expect_code(code, call):
    try:
        call()
    except MlflowException as error:
        assert error.error_code == code, error
        return
    raise AssertionError(f"not refused, expected {code}")


@flow("mlflow: experiment")
def experiment():
    found = mlflow.set_experiment(f"tracked-{kind}")
    assert client.get_experiment_by_name(found.name).experiment_id == found.experiment_id
    client.set_experiment_tag(found.experiment_id, "a", "b")
    assert client.get_experiment(found.experiment_id).tags == {"a": "b"}
    assert client.get_experiment_by_name("absent") is None
    expect_code("RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(found.name))
    made["experiment"] = found.experiment_id


@flow("mlflow: run with metrics, params and tags")
def tracked_run():
    with mlflow.start_run(run_name="one", tags={"stage": "x"}) as active:
        mlflow.log_params({"lr": 0.1, "kind": "deit"})
        mlflow.log_param("lr", 0.1)
        expect_code("INVALID_PARAMETER_VALUE", lambda: mlflow.log_param("lr", 0.2))
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"nan": math.nan, "top/1": 0.5}, synchronous=False).wait()
        mlflow.set_tag("more", 1)
        made["run"] = active.info.run_id
    found = client.get_run(made["run"])
    assert found.info.status == "FINISHED" and found.info.run_name == "one"
    assert found.data.params == {"lr": "0.1", "kind": "deit"}
    assert found.data.metrics["loss"] == 1 / 3 and math.isnan(found.data.metrics["nan"])
    assert found.data.tags["stage"] == "x" and found.data.tags["more"] == "1"
    assert [(point.step, point.value) for point in client.get_metric_history(made["run"], "loss")] == [
        (0, 1.0),
        (1, 1 / 2),
        (2, 1 / 3),
    ]


@flow("mlflow: batch")
def batch():
    client.log_batch(made["run"], metrics=[Metric("many", step, step, step) for step in range(1000)])
    assert len(client.get_metric_history(made["run"], "many")) == 1000


@flow("mlflow: search, delete, restore")
def search():
    def names(filter_string="", **more):
        return [found.info.run_name for found in client.search_runs([made["experiment"]], filter_string, **more)]

    with mlflow.start_run(run_name="two"):
        mlflow.log_metric("loss", 5)
    assert names() == ["two", "one"], names()
    assert names("metrics.loss < 1 and params.kind = 'deit'") == ["one"]
    assert names("tags.stage LIKE 'x%'") == ["one"]
    assert names(order_by=["metrics.loss ASC"]) == ["one", "two"]
    expect_code("INVALID_PARAMETER_VALUE", lambda: names("metrics.loss < 'x'"))
    client.delete_run(made["run"])
    assert names() == ["two"] and names(run_view_type=ViewType.DELETED_ONLY) == ["one"]
    client.restore_run(made["run"])
    assert names() == ["two", "one"]
    expect_code("RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("absent"))


@flow("mlflow: artifacts")
def artifacts():
    folder = folder_with({"a.txt": "hello", "sub/b c.txt": "b" * 5_000_000})
    client.log_artifacts(made["run"], str(folder), "model")
    client.log_text(made["run"], "words", "notes/n.txt")
    listed = {found.path: found.is_dir for found in client.list_artifacts(made["run"], "model")}
    assert listed == {"model/a.txt": False, "model/sub": True}, listed
    back = Path(mlflow.artifacts.download_artifacts(run_id=made["run"], artifact_path="model"))
    assert (back / "sub" / "b c.txt").read_text() == "b" * 5_000_000
    assert mlflow.artifacts.load_text(client.get_run(made["run"]).info.artifact_uri + "/notes/n.txt") == "words"


@flow("mlflow: inside a job")
def inside():
    environment = requests.put(
        f"{arm}{workspace}/environments/shell/versions/1", json={"properties": {"image": "debian:12"}}, **call
    ).json()["id"]
    script = folder_with({"train.py": "import mlflow\nmlflow.log_metric('inside', 1)\nmlflow.log_text('t', 'n.txt')\n"})
    name = f"inside-{kind}"
    properties = {
        "jobType": "Command",
        "command": f"{sys.executable} -W ignore {script / 'train.py'}",
        "environmentId": environment,
        "experimentName": "jobs",
        "environmentVariables": {} if kind == "plain" else {"MLFLOW_TRACKING_URI": uri},
    }
    job = f"{arm}{workspace}/jobs/{name}"
    assert requests.put(job, json={"properties": properties}, **call).status_code == 201
    status = None
    while status not in ("Completed", "Failed", "Canceled"):
        time.sleep(0.5)
        status = requests.get(job, **call).json()["properties"]["status"]
    assert status == "Completed", status
    found = mlflow.get_run(name)
    assert found.info.status == "FINISHED" and found.data.metrics == {"inside": 1.0}, found
    jobs = client.get_experiment_by_name("jobs").experiment_id
    assert name in [one.info.run_id for one in client.search_runs([jobs], "metrics.inside = 1")]
    assert "n.txt" in [one.path for one in client.list_artifacts(name)]


run()
