"""Clusters, sizes and usage."""

from azure.ai.ml.entities import AmlCompute
from flow import expect_refused, flow, run, workspace_client

ml = workspace_client()


@flow("compute: create")
def create():
    made = ml.compute.begin_create_or_update(
        AmlCompute(
            name="cluster",
            size="Standard_DS3_v2",
            min_instances=0,
            max_instances=2,
            idle_time_before_scale_down=120,
            tags={"kind": "flow"},
        )
    ).result()
    assert (made.name, made.type, made.provisioning_state) == ("cluster", "amlcompute", "Succeeded"), made
    assert made.size.lower() == "standard_ds3_v2" and made.max_instances == 2


@flow("compute: get, list")
def read():
    cluster = ml.compute.get("cluster")
    assert cluster.min_instances == 0 and cluster.idle_time_before_scale_down == 120, cluster
    assert "cluster" in [compute.name for compute in ml.compute.list()]
    assert "cluster" in [compute.name for compute in ml.compute.list(compute_type="amlcompute")]


@flow("compute: update")
def update():
    cluster = ml.compute.get("cluster")
    cluster.max_instances = 3
    assert ml.compute.begin_update(cluster).result().max_instances == 3
    assert ml.compute.get("cluster").max_instances == 3


@flow("compute: nodes")
def nodes():
    assert list(ml.compute.list_nodes("cluster")) == []


@flow("compute: sizes")
def sizes():
    names = {size.name.lower() for size in ml.compute.list_sizes()}
    assert "standard_ds3_v2" in names, len(names)


@flow("compute: usage")
def usage():
    usages = list(ml.compute.list_usage())
    assert len(usages) > 0 and all(entry.limit is not None for entry in usages)


@flow("compute: a size that does not exist")
def unknown_size():
    error = None
    try:
        ml.compute.begin_create_or_update(AmlCompute(name="wrong", size="Standard_Nothing_v9")).result()
    except Exception as raised:
        error = raised
    assert error is not None and getattr(error, "status_code", None) in (400, None), error


@flow("compute: delete, absent")
def delete():
    ml.compute.begin_delete("cluster").result()
    expect_refused(404, lambda: ml.compute.get("cluster"))
    assert "cluster" not in [compute.name for compute in ml.compute.list()]


run()
