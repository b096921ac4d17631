"""The whole way in one program: a folder becomes an answering endpoint, and two steps run over it."""

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path

from azure.ai.ml import load_component, load_job
from azure.ai.ml.entities import Environment, ManagedOnlineDeployment, ManagedOnlineEndpoint, Model
from flow import flow, folder_with, run, workspace_client

ml = workspace_client()
routes = {
    "liveness_route": {"port": 5001, "path": "/"},
    "readiness_route": {"port": 5001, "path": "/ready"},
    "scoring_route": {"port": 5001, "path": "/score"},
}


@flow("whole: a folder becomes an endpoint that answers")
def deploy():
    model = ml.models.create_or_update(Model(name="whole", path=os.environ["FLOW_PACKAGE"], type="custom_model"))
    environment = ml.environments.create_or_update(
        Environment(name="whole", image=os.environ["FLOW_IMAGE"], inference_config=routes)
    )
    endpoint = ManagedOnlineEndpoint(name="whole", auth_mode="key")
    ml.online_endpoints.begin_create_or_update(endpoint).result()
    ml.online_deployments.begin_create_or_update(
        ManagedOnlineDeployment(
            name="first",
            endpoint_name="whole",
            model=model.id,
            environment=environment.id,
            instance_type="Standard_D4as_v4",
            instance_count=1,
        )
    ).result()
    endpoint.traffic = {"first": 100}
    ml.online_endpoints.begin_create_or_update(endpoint).result()
    (row,) = json.loads(ml.online_endpoints.invoke("whole", request_file=os.environ["FLOW_REQUEST"]))
    assert row["labels"] == ["can", "carton", "bottle"], row
    assert ml.online_deployments.get_logs("first", "whole", lines=20)


@flow("whole: two steps from YAML, streamed and downloaded")
def steps():
    files = {
        "src/count.sh": 'wc -l < "$1/names.txt" | tr -d " " > "$2/count.txt"; echo counted\n',
        "in/names.txt": "can\ncarton\nbottle\n",
        "count.yml": json.dumps(
            {
                "type": "command",
                "name": "count_names",
                "version": "1",
                "inputs": {"names": {"type": "uri_folder"}},
                "outputs": {"count": {"type": "uri_folder"}},
                "code": "./src",
                "environment": {"image": "mcr.microsoft.com/azureml/curated/minimal:1"},
                "command": "sh count.sh ${{inputs.names}} ${{outputs.count}}",
            }
        ),
        "job.yml": json.dumps(
            {
                "type": "pipeline",
                "display_name": "whole",
                "experiment_name": "whole",
                "settings": {"default_compute": "azureml:serverless"},
                "inputs": {"names": {"type": "uri_folder", "path": "./in"}},
                "outputs": {"result": {"type": "uri_folder"}},
                "jobs": {
                    "count": {
                        "type": "command",
                        "component": "azureml:count_names:1",
                        "inputs": {"names": "${{parent.inputs.names}}"},
                        "outputs": {"count": {"type": "uri_folder"}},
                    },
                    "report": {
                        "type": "command",
                        "environment": {"image": "mcr.microsoft.com/azureml/curated/minimal:1"},
                        "inputs": {"count": "${{parent.jobs.count.outputs.count}}"},
                        "outputs": {"result": "${{parent.outputs.result}}"},
                        "command": "cp ${{inputs.count}}/count.txt ${{outputs.result}}/ && echo reported",
                    },
                },
            }
        ),
    }
    folder = folder_with(files)
    ml.components.create_or_update(load_component(str(folder / "count.yml")))
    job = ml.jobs.create_or_update(load_job(str(folder / "job.yml")))
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        ml.jobs.stream(job.name)
    assert job.name in text.getvalue() and ml.jobs.get(job.name).status == "Completed", text.getvalue()
    target = tempfile.mkdtemp(prefix="flow-")
    ml.jobs.download(job.name, download_path=target, output_name="result")
    (result,) = [path for path in Path(target).rglob("count.txt") if path.is_file()]
    assert result.read_text().strip() == "3", result.read_text()


run()
