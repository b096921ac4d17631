"""Pictures scored by batch endpoints of both servings, driven as a notebook would: invoke, list, stream, download."""

import csv
import json
import shutil
import sys
from pathlib import Path

from azure.ai.ml import Input
from flow import flow, folder_with, run, workspace_client

ml = workspace_client()
pictures = sys.argv[1]
# The official sample's folder: 134 pictures of four classes.
names = sorted(str(path.relative_to(pictures)) for path in Path(pictures).rglob("*.jpg"))
assert len(names) == 134


def scored(endpoint, output, **invocation):
    """Runs a job to its end and gives the folder of the downloaded output."""
    job = ml.batch_endpoints.invoke(endpoint, **invocation)
    ml.jobs.stream(job.name)
    assert ml.jobs.get(job.name).status == "Completed"
    assert job.name in [listed.name for listed in ml.batch_endpoints.list_jobs(endpoint)]
    folder = folder_with({})
    ml.jobs.download(job.name, download_path=str(folder), output_name=output)
    return folder


@flow("batch scoring: our image on every node")
def container():
    found = scored("container", "predictions", inputs={"images": Input(type="uri_folder", path=pictures)})
    rows = [json.loads(line) for part in found.rglob("*.jsonl") for line in part.read_text().splitlines()]
    assert sorted(row["id"] for row in rows) == names, rows
    assert all(len(row["classes"]) == 4 for row in rows), rows


@flow("batch scoring: the model of the registry")
def registry():
    found = scored("registry", "score", input=Input(type="uri_folder", path=pictures))
    with open(next(found.rglob("predictions.csv"))) as file:
        rows = list(csv.reader(file))
    assert sorted(row[-1] for row in rows) == names, rows
    assert all(len(json.loads(row[1])) == len(json.loads(row[2])) == 4 for row in rows), rows


def table_of(paths):
    """A folder with an MLTable of these pictures, which lie beside it."""
    rows = "".join(json.dumps({"id": f"row-{index}", "image": f"{index}.jpg"}) + "\n" for index in range(len(paths)))
    table = "paths:\n  - file: ./list.jsonl\ntransformations:\n  - read_json_lines:\n      encoding: utf8\n"
    folder = folder_with({"list.jsonl": rows, "MLTable": table})
    for index, path in enumerate(paths):
        shutil.copy(Path(pictures) / path, folder / f"{index}.jpg")
    return Input(type="mltable", path=str(folder))


@flow("batch scoring: a table of pictures, by our image")
def table_container():
    found = scored("container", "predictions", inputs={"images": table_of(names[:3])})
    rows = [json.loads(line) for part in found.rglob("*.jsonl") for line in part.read_text().splitlines()]
    assert sorted(row["id"] for row in rows if "classes" in row) == ["row-0", "row-1", "row-2"], rows


@flow("batch scoring: a table of pictures, by the model of the registry")
def table_registry():
    found = scored("registry", "score", inputs={"data": table_of(names[:3])})
    with open(next(found.rglob("predictions.csv"))) as file:
        assert sorted(row[-1] for row in csv.reader(file)) == ["row-0", "row-1", "row-2"]


run()
