"""Pictures scored by batch endpoints of both servings, driven as a notebook would: invoke, list, stream, download."""

import csv
import json
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


run()
