"""The registry azureml: what was imported into it is there for the client as any registry's models are."""

import os

from azure.ai.ml import MLClient
from azure.ai.ml.entities import ManagedOnlineDeployment, ManagedOnlineEndpoint
from azure.identity import DefaultAzureCredential
from flow import expect_refused, flow, run, workspace_client

registry = MLClient(DefaultAzureCredential(), registry_name="azureml")
model = os.environ["FLOW_REGISTRY_MODEL"]
version = os.environ["FLOW_REGISTRY_VERSION"]


@flow("registry: model get")
def get():
    found = registry.models.get(model, version=version)
    assert found.id == f"azureml://registries/azureml/models/{model}/versions/{version}", found.id
    assert found.type


@flow("registry: model list")
def list_versions():
    assert version in [found.version for found in registry.models.list(model)]


@flow("registry: model latest")
def latest():
    assert registry.models.get(model, label="latest").version == version


@flow("registry: absent model, absent version")
def absent():
    expect_refused(404, lambda: registry.models.get("absent", version="1"))
    expect_refused(404, lambda: registry.models.get(model, version="999"))


@flow("registry: deploy a model by reference")
def deploy():
    ml = workspace_client()
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="registered", auth_mode="key")).result()
    made = ml.online_deployments.begin_create_or_update(
        ManagedOnlineDeployment(
            name="blue",
            endpoint_name="registered",
            model=f"azureml://registries/azureml/models/{model}/versions/{version}",
            instance_type="Standard_DS3_v2",
            instance_count=1,
        )
    ).result()
    assert made.provisioning_state == "Succeeded"
    ml.online_endpoints.begin_delete("registered").result()


run()
