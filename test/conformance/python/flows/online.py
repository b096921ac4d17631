"""Online endpoints and deployments of the product's own package and image, to the answer of a scoring request."""

import json
import os
import time

from azure.ai.ml.entities import (
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
    ProbeSettings,
)
from azure.core.exceptions import HttpResponseError
from flow import expect_refused, flow, folder_with, run, workspace_client

ml = workspace_client()
package = os.environ["FLOW_PACKAGE"]
image = os.environ["FLOW_IMAGE"]
request_file = os.environ["FLOW_REQUEST"]
routes = {
    "liveness_route": {"port": 5001, "path": "/"},
    "readiness_route": {"port": 5001, "path": "/ready"},
    "scoring_route": {"port": 5001, "path": "/score"},
}


def deployment(name, endpoint="pets", **members):
    return ManagedOnlineDeployment(
        **{
            "name": name,
            "endpoint_name": endpoint,
            "model": "azureml:deit:1",
            "environment": "azureml:scorer:1",
            "instance_type": "Standard_DS3_v2",
            "instance_count": 1,
            **members,
        }
    )


@flow("online: what deployments need")
def prepare():
    ml.models.create_or_update(Model(name="deit", version="1", path=package, type="custom_model"))
    ml.environments.create_or_update(Environment(name="scorer", version="1", image=image, inference_config=routes))


@flow("online: endpoint create, again, get, list")
def endpoint():
    made = ml.online_endpoints.begin_create_or_update(
        ManagedOnlineEndpoint(name="pets", auth_mode="key", description="flow", tags={"kind": "flow"})
    ).result()
    assert (made.name, made.auth_mode, made.provisioning_state) == ("pets", "key", "Succeeded"), made
    again = ml.online_endpoints.get("pets")
    again.description = "otherwise"
    assert ml.online_endpoints.begin_create_or_update(again).result().description == "otherwise"
    assert ml.online_endpoints.get("pets").scoring_uri.endswith("/score")
    assert "pets" in [found.name for found in ml.online_endpoints.list()]


@flow("online: deployment of an own package")
def deploy():
    made = ml.online_deployments.begin_create_or_update(
        deployment(
            "blue",
            environment_variables={"LOG_LEVEL": "info"},
            request_settings=OnlineRequestSettings(request_timeout_ms=20000, max_concurrent_requests_per_instance=2),
            liveness_probe=ProbeSettings(initial_delay=5, period=10, timeout=2),
            readiness_probe=ProbeSettings(initial_delay=5, period=10, timeout=2),
            tags={"kind": "flow"},
        )
    ).result()
    assert (made.name, made.provisioning_state, made.instance_count) == ("blue", "Succeeded", 1), made
    read = ml.online_deployments.get("blue", "pets")
    assert read.environment_variables["LOG_LEVEL"] == "info" and read.scale_settings.type == "default"
    assert [found.name for found in ml.online_deployments.list("pets")] == ["blue"]


@flow("online: traffic")
def traffic():
    read = ml.online_endpoints.get("pets")
    assert read.traffic == {"blue": 0}, read.traffic
    read.traffic = {"blue": 100}
    assert ml.online_endpoints.begin_create_or_update(read).result().traffic == {"blue": 100}


def is_classes(answer):
    (row,) = json.loads(answer)
    return len(row["probs"]) == len(row["labels"]) and abs(sum(row["probs"]) - 1) < 1e-3


@flow("online: invoke by traffic")
def invoke():
    assert is_classes(ml.online_endpoints.invoke("pets", request_file=request_file))


@flow("online: logs of both containers")
def logs():
    content = ml.online_deployments.get_logs("blue", "pets", lines=50)
    assert isinstance(content, str) and content != ""
    initializer = ml.online_deployments.get_logs("blue", "pets", lines=50, container_type="storage-initializer")
    assert isinstance(initializer, str) and initializer != "" and initializer != content


@flow("online: keys, regenerate")
def keys():
    before = ml.online_endpoints.get_keys("pets")
    assert before.primary_key and before.secondary_key and before.primary_key != before.secondary_key
    # The client sends the key that is there as the new one: by contract nothing changes.
    ml.online_endpoints.begin_regenerate_keys("pets", key_type="secondary").result()
    after = ml.online_endpoints.get_keys("pets")
    assert after.primary_key == before.primary_key and after.secondary_key


@flow("online: scale")
def scale():
    read = ml.online_deployments.get("blue", "pets")
    read.instance_count = 2
    assert ml.online_deployments.begin_create_or_update(read).result().instance_count == 2


@flow("online: second deployment, traffic split")
def split():
    ml.online_deployments.begin_create_or_update(deployment("green", environment_variables={"REVISION": "2"})).result()
    read = ml.online_endpoints.get("pets")
    read.traffic = {"blue": 10, "green": 90}
    assert ml.online_endpoints.begin_create_or_update(read).result().traffic == {"blue": 10, "green": 90}


@flow("online: live traffic is not deleted")
def delete_live():
    try:
        ml.online_deployments.begin_delete("green", "pets").result()
    except HttpResponseError as error:
        assert error.status_code in (400, 409), error
        return
    raise AssertionError("a deployment with traffic was deleted")


@flow("online: tokens")
def tokens():
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="tokens", auth_mode="aml_token")).result()
    token = ml.online_endpoints.get_keys("tokens")
    assert token.access_token and token.expiry_time_utc > time.time(), token
    ml.online_deployments.begin_create_or_update(deployment("only", "tokens")).result()
    read = ml.online_endpoints.get("tokens")
    read.traffic = {"only": 100}
    ml.online_endpoints.begin_create_or_update(read).result()
    assert is_classes(ml.online_endpoints.invoke("tokens", request_file=request_file))


@flow("online: tokens of the caller")
def caller_tokens():
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="callers", auth_mode="aad_token")).result()
    assert ml.online_endpoints.get_keys("callers").access_token


@flow("online: inline model and environment")
def inline():
    made = ml.online_deployments.begin_create_or_update(
        deployment(
            "inline",
            "callers",
            model=Model(path=package, type="custom_model"),
            environment=Environment(image=image, inference_config=routes),
        )
    ).result()
    assert made.provisioning_state == "Succeeded", made
    read = ml.online_endpoints.get("callers")
    read.traffic = {"inline": 100}
    ml.online_endpoints.begin_create_or_update(read).result()
    assert is_classes(ml.online_endpoints.invoke("callers", request_file=request_file))


@flow("online: an image that cannot be pulled")
def no_image():
    ml.environments.create_or_update(
        Environment(name="nowhere", version="1", image="registry.example/none:1", inference_config=routes)
    )
    try:
        ml.online_deployments.begin_create_or_update(
            deployment("broken", "callers", environment="azureml:nowhere:1")
        ).result()
    except HttpResponseError as error:
        assert error.error is not None and error.error.code and error.error.message, error
    else:
        raise AssertionError("it was deployed")
    assert ml.online_deployments.get("broken", "callers").provisioning_state == "Failed"


@flow("online: a request that the container refuses")
def refused_request():
    body = folder_with({"request.json": '{"nothing": 1}'}) / "request.json"
    expect_refused(424, lambda: ml.online_endpoints.invoke("tokens", request_file=str(body)))


@flow("online: absent endpoint, deployment, environment")
def absent():
    expect_refused(404, lambda: ml.online_endpoints.get("absent"))
    expect_refused(404, lambda: ml.online_deployments.get("absent", "pets"))
    expect_refused(404, lambda: ml.online_deployments.begin_create_or_update(deployment("blue", "absent")).result())
    expect_refused(404, lambda: ml.online_endpoints.get_keys("absent"))


@flow("online: delete")
def delete():
    read = ml.online_endpoints.get("pets")
    read.traffic = {"blue": 100}
    ml.online_endpoints.begin_create_or_update(read).result()
    ml.online_deployments.begin_delete("green", "pets").result()
    assert [found.name for found in ml.online_deployments.list("pets")] == ["blue"]
    for name in ("pets", "tokens", "callers"):
        ml.online_endpoints.begin_delete(name).result()
        expect_refused(404, lambda: ml.online_endpoints.get(name))


# Last: what this client sends to one deployment it sends to all that come after, in the whole process.
@flow("online: invoke one deployment")
def invoke_named():
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="named", auth_mode="key")).result()
    ml.online_deployments.begin_create_or_update(deployment("blue", "named")).result()
    answer = ml.online_endpoints.invoke("named", deployment_name="blue", request_file=request_file)
    assert is_classes(answer)
    ml.online_endpoints.begin_delete("named").result()


run()
