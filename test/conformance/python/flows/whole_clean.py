"""What the whole way left behind is taken away again, by a program that knows only its names."""

from flow import expect_refused, flow, run, workspace_client

ml = workspace_client()


@flow("whole: clean up")
def clean():
    ml.online_endpoints.begin_delete("whole").result()
    expect_refused(404, lambda: ml.online_endpoints.get("whole"))
    ml.models.archive("whole")
    ml.environments.archive("whole")
    assert "whole" not in [model.name for model in ml.models.list()]
    for job in ml.jobs.list():
        if job.experiment_name == "whole":
            ml.jobs.archive(job.name)
    assert "whole" not in [job.experiment_name for job in ml.jobs.list()]


run()
