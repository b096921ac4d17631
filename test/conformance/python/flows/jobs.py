"""Command and pipeline jobs: processes of this machine, with what they read, write, print and leave behind."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

from azure.ai.ml import Input, Output, command, dsl, load_component
from azure.ai.ml.entities import Environment, Model
from azure.ai.ml.exceptions import JobException
from flow import expect_refused, flow, folder_with, run, workspace_client

ml = workspace_client()
image = "mcr.microsoft.com/azureml/curated/minimal:1"
rows = folder_with({"rows/a.txt": "1\n2\n", "rows/b.txt": "3\n"})
code = folder_with({"src/sum.sh": 'cat "$1"/*.txt | wc -l | tr -d " " > "$2"/count.txt\necho "counted with $RATE"\n'})
made = {}


def streamed(name):
    """What streaming prints."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        ml.jobs.stream(name)
    return text.getvalue()


def files_below(folder, name):
    return [path for path in Path(folder).rglob(name) if path.is_file()]


@flow("jobs: what jobs need")
def prepare():
    ml.environments.create_or_update(Environment(name="shell", version="1", image=image))


@flow("jobs: command with code, inputs and outputs")
def command_job():
    job = ml.jobs.create_or_update(
        command(
            command="sh sum.sh ${{inputs.rows}} ${{outputs.report}}",
            code=str(code / "src"),
            environment="azureml:shell:1",
            inputs={"rows": Input(type="uri_folder", path=str(rows / "rows")), "rate": 0.5},
            outputs={"report": Output(type="uri_folder")},
            environment_variables={"RATE": "0.5"},
            display_name="count",
            experiment_name="flows",
            tags={"kind": "flow"},
        )
    )
    assert job.type == "command" and job.experiment_name == "flows", job
    made["command"] = job.name
    text = streamed(job.name)
    assert job.name in text and "counted with 0.5" in text, text
    assert ml.jobs.get(job.name).status == "Completed"


@flow("jobs: download outputs and logs")
def download():
    target = tempfile.mkdtemp(prefix="flow-")
    ml.jobs.download(made["command"], download_path=target, output_name="report")
    (report,) = files_below(target, "count.txt")
    assert report.read_text().strip() == "3", report.read_text()
    ml.jobs.download(made["command"], download_path=target, all=True)
    assert files_below(target, "std_log.txt"), list(Path(target).rglob("*"))


@flow("jobs: a command that fails")
def failing():
    job = ml.jobs.create_or_update(
        command(command="echo gone wrong >&2; exit 3", environment="azureml:shell:1", experiment_name="flows")
    )
    try:
        streamed(job.name)
    except JobException:
        pass
    else:
        raise AssertionError("streaming a failed job did not raise")
    assert ml.jobs.get(job.name).status == "Failed"


count = {
    "type": "command",
    "name": "lines",
    "version": "1",
    "inputs": {"rows": {"type": "uri_folder"}},
    "outputs": {"report": {"type": "uri_folder"}},
    "code": str(code / "src"),
    "environment": "azureml:shell:1",
    "command": "sh sum.sh ${{inputs.rows}} ${{outputs.report}}",
}
copy = {
    "type": "command",
    "name": "last",
    "version": "1",
    "inputs": {"report": {"type": "uri_folder"}, "word": {"type": "string", "default": "done"}},
    "outputs": {"result": {"type": "uri_folder"}},
    "environment": "azureml:shell:1",
    "command": "cp ${{inputs.report}}/count.txt ${{outputs.result}}/ && echo ${{inputs.word}}",
}


@flow("jobs: pipeline of two steps")
def pipeline():
    import json

    folder = folder_with({"count.yml": json.dumps(count), "copy.yml": json.dumps(copy)})
    first_step = load_component(str(folder / "count.yml"))
    second_step = load_component(str(folder / "copy.yml"))

    @dsl.pipeline(display_name="two steps", experiment_name="flows")
    def two_steps(rows, word="end"):
        first = first_step(rows=rows)
        second = second_step(report=first.outputs.report, word=word)
        return {"result": second.outputs.result}

    job = two_steps(rows=Input(type="uri_folder", path=str(rows / "rows")))
    job.settings.default_compute = "serverless"
    job = ml.jobs.create_or_update(job)
    assert job.type == "pipeline" and set(job.jobs) == {"first", "second"}, job
    made["pipeline"] = job.name
    text = streamed(job.name)
    assert job.name in text, text
    assert ml.jobs.get(job.name).status == "Completed"


@flow("jobs: values that an input cannot take")
def bad_values():
    import json

    inputs = {"times": {"type": "integer", "min": 1, "max": 9}, "word": {"type": "string", "enum": ["a", "b"]}}
    step = {**copy, "name": "checked", "inputs": inputs, "outputs": {}, "command": "echo ${{inputs.times}} ${{inputs.word}}"}
    component = load_component(str(folder_with({"step.yml": json.dumps(step)}) / "step.yml"))

    @dsl.pipeline(default_compute="serverless")
    def once(times, word):
        component(times=times, word=word)

    for times, word in ((10, "a"), ("many", "a"), (1, "c")):
        expect_refused(400, lambda: ml.jobs.create_or_update(once(times, word)), "UserError")
    job = ml.jobs.create_or_update(once(9, "b"))
    assert ml.jobs.show_services(job.name) is None


@flow("jobs: children")
def children():
    found = list(ml.jobs.list(parent_job_name=made["pipeline"]))
    assert {child.display_name for child in found} == {"first", "second"}, found
    for child in found:
        read = ml.jobs.get(child.name)
        assert read.status == "Completed" and read.name == child.name, read


@flow("jobs: download a pipeline's output")
def download_pipeline():
    target = tempfile.mkdtemp(prefix="flow-")
    ml.jobs.download(made["pipeline"], download_path=target, output_name="result")
    (result,) = files_below(target, "count.txt")
    assert result.read_text().strip() == "3", result.read_text()


@flow("jobs: cancel")
def cancel():
    job = ml.jobs.create_or_update(
        command(command="sleep 600", environment="azureml:shell:1", experiment_name="flows")
    )
    ml.jobs.begin_cancel(job.name).result()
    for _ in range(1000):
        if ml.jobs.get(job.name).status == "Canceled":
            return
        time.sleep(0.2)
    raise AssertionError(ml.jobs.get(job.name).status)


@flow("jobs: list, change, archive, restore")
def change():
    assert {made["command"], made["pipeline"]} <= {job.name for job in ml.jobs.list()}
    job = ml.jobs.get(made["command"])
    job.display_name = "renamed"
    job.tags["more"] = "yes"
    changed = ml.jobs.create_or_update(job)
    assert changed.display_name == "renamed" and changed.tags["more"] == "yes", changed
    ml.jobs.archive(made["command"])
    assert made["command"] not in [listed.name for listed in ml.jobs.list()]
    ml.jobs.restore(made["command"])
    assert made["command"] in [listed.name for listed in ml.jobs.list()]


@flow("jobs: a model from a job's output")
def register():
    path = f"azureml://jobs/{made['command']}/outputs/report"
    model = ml.models.create_or_update(Model(name="counted", version="1", path=path, type="custom_model"))
    target = tempfile.mkdtemp(prefix="flow-")
    ml.models.download("counted", model.version, download_path=target)
    assert files_below(target, "count.txt"), list(Path(target).rglob("*"))


@flow("jobs: absent")
def absent():
    expect_refused(404, lambda: ml.jobs.get("absent"))


run()
