"""Workspace, datastores and every kind of asset."""

import tempfile
from pathlib import Path

from azure.ai.ml import Input, Output, command, dsl, load_component
from azure.ai.ml.constants import AssetTypes, ListViewType
from azure.ai.ml.entities import AccountKeyConfiguration, AzureBlobDatastore, BuildContext, Data, Environment, Model
from flow import expect_refused, flow, folder_with, run, workspace_client

ml = workspace_client()
image = "mcr.microsoft.com/azureml/curated/minimal:1"


@flow("workspace: get")
def workspace_get():
    workspace = ml.workspaces.get(ml.workspace_name)
    assert workspace.name == ml.workspace_name and workspace.location and workspace.discovery_url
    assert workspace.mlflow_tracking_uri.startswith("azureml://")


@flow("workspace: list")
def workspace_list():
    assert ml.workspace_name in [workspace.name for workspace in ml.workspaces.list()]


@flow("workspace: absent")
def workspace_absent():
    expect_refused(404, lambda: ml.workspaces.get("absent"))


@flow("datastore: get, default, list")
def datastores():
    default = ml.datastores.get_default()
    assert default.name == "workspaceblobstore"
    assert ml.datastores.get("workspaceartifactstore").container_name
    assert {"workspaceblobstore", "workspaceartifactstore"} <= {store.name for store in ml.datastores.list()}
    secret = ml.datastores.get("workspaceblobstore", include_secrets=True).credentials
    assert getattr(secret, "account_key", None) or getattr(secret, "sas_token", None)


@flow("datastore: absent")
def datastore_absent():
    expect_refused(404, lambda: ml.datastores.get("absent"))


@flow("datastore: own, with a key, a SAS and nothing")
def datastore_own():
    given = ml.datastores.get("workspaceblobstore", include_secrets=True)
    key = AccountKeyConfiguration(account_key=ml.workspaces.get_keys(ml.workspace_name).user_storage_key)
    folder = folder_with({"rows/a.txt": "a"}) / "rows"
    for name, credentials in {"keyed": key, "signed": given.credentials, "open": None}.items():
        ml.datastores.create_or_update(
            AzureBlobDatastore(
                name=name,
                account_name=given.account_name,
                container_name=given.container_name,
                credentials=credentials,
                tags={"kind": "flow"},
            )
        )
        made = ml.data.create_or_update(Data(name=f"in-{name}", path=str(folder), type="uri_folder", datastore=name))
        assert f"/datastores/{name}/paths/" in made.path, made.path
    assert ml.datastores.get("keyed").tags == {"kind": "flow"}
    assert {"keyed", "signed", "open"} <= {store.name for store in ml.datastores.list()}
    assert ml.datastores.get_default().name == "workspaceblobstore"
    for name in ("keyed", "signed", "open"):
        ml.datastores.delete(name)
    expect_refused(404, lambda: ml.datastores.get("keyed"))


@flow("connection: none")
def connections():
    assert list(ml.connections.list()) == []
    expect_refused(404, lambda: ml.connections.get("absent"))


weights = folder_with({"package/config.json": "{}", "package/deep/weights.bin": "01" * 5000})


def tree(name, version=None, **members):
    return Model(name=name, version=version, path=str(weights / "package"), type=AssetTypes.CUSTOM_MODEL, **members)


@flow("model: create from folder")
def model_create():
    made = ml.models.create_or_update(tree("tree", "1", description="of a folder", tags={"kind": "flow"}))
    assert (made.name, made.version, made.type) == ("tree", "1", "custom_model")
    assert made.tags["kind"] == "flow" and made.path.endswith("/package")


@flow("model: create again, nothing uploaded")
def model_again():
    first = ml.models.get("tree", "1")
    again = ml.models.create_or_update(tree("tree", "1", description="said otherwise", tags={"kind": "flow"}))
    assert again.path == first.path and again.description == "said otherwise"


@flow("model: create without a version")
def model_next_version():
    assert ml.models.create_or_update(tree("tree")).version == "2"
    assert ml.models.create_or_update(tree("first")).version == "1"


@flow("model: a version keeps its path")
def model_path_kept():
    other = folder_with({"other/config.json": "[]"})
    moved = Model(name="tree", version="1", path=str(other / "other"), type=AssetTypes.CUSTOM_MODEL)
    try:
        ml.models.create_or_update(moved)
    except Exception as error:
        assert "Asset paths cannot be updated." in str(error), error
        return
    raise AssertionError("the path of a version was changed")


@flow("model: create from file")
def model_file():
    made = ml.models.create_or_update(Model(name="file", version="1", path=str(weights / "package" / "config.json")))
    assert made.path.endswith("/config.json")


@flow("model: get, list, latest")
def model_read():
    assert ml.models.get("tree", version="1").id.endswith("/models/tree/versions/1")
    assert ml.models.get("tree", label="latest").version == "2"
    assert sorted(model.version for model in ml.models.list("tree")) == ["1", "2"]
    assert {"tree", "first", "file"} <= {model.name for model in ml.models.list()}


@flow("model: absent version, absent name")
def model_absent():
    expect_refused(404, lambda: ml.models.get("tree", version="9"))
    expect_refused(404, lambda: ml.models.get("absent", version="1"))


@flow("model: download")
def model_download():
    target = tempfile.mkdtemp(prefix="flow-")
    ml.models.download("tree", "1", download_path=target)
    found = {path.name: path.read_text() for path in Path(target).rglob("*") if path.is_file()}
    assert found == {"config.json": "{}", "weights.bin": "01" * 5000}, list(found)


@flow("model: archive and restore a version")
def model_archive_version():
    ml.models.archive("tree", version="1")
    assert [model.version for model in ml.models.list("tree")] == ["2"]
    listed = ml.models.list("tree", list_view_type=ListViewType.ARCHIVED_ONLY)
    assert [model.version for model in listed] == ["1"]
    ml.models.restore("tree", version="1")
    assert sorted(model.version for model in ml.models.list("tree")) == ["1", "2"]


@flow("model: archive and restore a container")
def model_archive_container():
    ml.models.archive("first")
    assert list(ml.models.list("first")) == []
    assert "first" not in [model.name for model in ml.models.list()]
    ml.models.restore("first")
    assert "first" in [model.name for model in ml.models.list()]


@flow("environment: image")
def environment_image():
    routes = {
        "liveness_route": {"port": 5001, "path": "/"},
        "readiness_route": {"port": 5001, "path": "/ready"},
        "scoring_route": {"port": 5001, "path": "/score"},
    }
    made = ml.environments.create_or_update(
        Environment(name="plain", version="1", image=image, inference_config=routes, tags={"kind": "flow"})
    )
    assert made.image == image and made.version == "1"
    again = ml.environments.get("plain", version="1")
    assert again.inference_config.scoring_route.path == "/score", again.inference_config
    assert ml.environments.create_or_update(Environment(name="plain", image=image)).version == "2"


@flow("environment: image and conda file")
def environment_conda():
    conda = folder_with({"conda.yml": "name: flow\nchannels: [conda-forge]\ndependencies: [python=3.11]\n"})
    made = ml.environments.create_or_update(
        Environment(name="conda", version="1", image=image, conda_file=str(conda / "conda.yml"))
    )
    assert made.conda_file["name"] == "flow", made.conda_file


@flow("environment: build context")
def environment_build():
    context = folder_with({"context/Dockerfile": f"FROM {image}\n", "context/extra.txt": "x"})
    made = ml.environments.create_or_update(
        Environment(name="built", version="1", build=BuildContext(path=str(context / "context")))
    )
    assert made.build.dockerfile_path == "Dockerfile" and made.build.path.startswith("https://")


@flow("environment: get, list, latest, archive, restore")
def environment_read():
    assert ml.environments.get("plain", label="latest").version == "2"
    assert {"plain", "conda", "built"} <= {environment.name for environment in ml.environments.list()}
    ml.environments.archive("plain", version="1")
    assert [environment.version for environment in ml.environments.list("plain")] == ["2"]
    ml.environments.restore("plain", version="1")
    assert len(list(ml.environments.list("plain"))) == 2
    expect_refused(404, lambda: ml.environments.get("plain", version="9"))


rows = folder_with(
    {
        "one.txt": "1\n",
        "folder/a.txt": "a",
        "folder/b/c.txt": "c",
        "table/MLTable": "type: mltable\npaths:\n  - file: ./annotations.jsonl\ntransformations:\n"
        "  - read_json_lines:\n      encoding: utf8\n",
        "table/annotations.jsonl": '{"image_url": "a", "label": "b"}\n',
    }
)


@flow("data: file")
def data_file():
    made = ml.data.create_or_update(Data(name="file", version="1", path=str(rows / "one.txt"), type="uri_file"))
    assert made.type == "uri_file" and made.path.endswith("/one.txt")


@flow("data: folder")
def data_folder():
    made = ml.data.create_or_update(Data(name="folder", path=str(rows / "folder"), type="uri_folder"))
    assert made.version == "1" and made.type == "uri_folder"


@flow("data: table")
def data_table():
    made = ml.data.create_or_update(Data(name="table", version="1", path=str(rows / "table"), type="mltable"))
    assert made.type == "mltable" and made.path.endswith("/table"), made.path


@flow("data: get, list, latest, archive, restore")
def data_read():
    assert ml.data.create_or_update(Data(name="folder", path=str(rows / "folder"), type="uri_folder")).version == "2"
    assert ml.data.get("folder", label="latest").version == "2"
    assert {"file", "folder", "table"} <= {data.name for data in ml.data.list()}
    ml.data.archive("folder", version="1")
    assert [data.version for data in ml.data.list("folder")] == ["2"]
    ml.data.restore("folder", version="1")
    ml.data.archive("file")
    assert "file" not in [data.name for data in ml.data.list()]
    ml.data.restore("file")
    expect_refused(404, lambda: ml.data.get("file", version="9"))


code = folder_with({"src/main.py": "print('hello')\n", "src/lib/more.py": "x = 1\n"})
step = {
    "type": "command",
    "name": "count",
    "version": "1",
    "display_name": "Count",
    "inputs": {"rows": {"type": "uri_folder"}, "rate": {"type": "number", "default": 0.5, "optional": True}},
    "outputs": {"report": {"type": "uri_folder"}},
    "code": str(code / "src"),
    "environment": "azureml:plain:1",
    "command": "python main.py --rows ${{inputs.rows}} $[[--rate ${{inputs.rate}}]] --out ${{outputs.report}}",
}


def step_file(**members):
    import json

    path = folder_with({"step.yml": json.dumps({**step, **members})}) / "step.yml"
    return load_component(str(path))


@flow("component: command with code")
def component_command():
    made = ml.components.create_or_update(step_file())
    assert (made.name, made.version, made.type) == ("count", "1", "command")
    read = ml.components.get("count", version="1")
    assert read.inputs["rate"].optional and float(read.inputs["rate"].default) == 0.5, read.inputs
    assert read.code and read.environment.endswith("/environments/plain/versions/1")


@flow("component: the same code is not sent twice")
def component_same_code():
    first = ml.components.get("count", version="1")
    second = ml.components.create_or_update(step_file(version="2"))
    assert second.code == first.code, (second.code, first.code)


@flow("component: inline environment")
def component_environment():
    made = ml.components.create_or_update(step_file(name="inline", environment={"image": image}))
    assert "CliV2AnonymousEnvironment" in made.environment, made.environment


@flow("component: pipeline")
def component_pipeline():
    count = ml.components.get("count", version="1")

    @dsl.pipeline(name="both", display_name="Both")
    def both(rows: Input(type="uri_folder"), rate: float = 0.25):
        first = count(rows=rows, rate=rate)
        second = count(rows=first.outputs.report)
        return {"report": second.outputs.report}

    made = ml.components.create_or_update(both, version="1")
    assert made.type == "pipeline" and made.version == "1", made
    read = ml.components.get("both", version="1")
    assert set(read.jobs) == {"first", "second"} and "report" in read.outputs, read.jobs


@flow("component: anonymous")
def component_anonymous():
    node = command(
        command="echo hello",
        environment="azureml:plain:1",
        outputs={"out": Output(type="uri_folder")},
    )
    made = ml.components.create_or_update(node.component, is_anonymous=True)
    assert made.name == "azureml_anonymous", made.name


@flow("component: described anew, not changed")
def component_described():
    read = ml.components.get("count", version="1")
    read.description = "said otherwise"
    assert ml.components.create_or_update(read).version == "1"
    assert ml.components.get("count", version="1").description == "said otherwise"
    read.command = "echo changed"
    expect_refused(400, lambda: ml.components.create_or_update(read))


@flow("component: get, list, latest, archive, restore")
def component_read():
    assert ml.components.get("count", label="latest").version == "2"
    assert ml.components.get("count").version == "2"
    assert {"count", "both"} <= {component.name for component in ml.components.list()}
    assert sorted(component.version for component in ml.components.list("count")) == ["1", "2"]
    ml.components.archive("count", version="1")
    assert [component.version for component in ml.components.list("count")] == ["2"]
    ml.components.restore("count", version="1")
    expect_refused(404, lambda: ml.components.get("count", version="9"))


run()
