"""What the flows share: a client that the environment alone describes, and a record of how each flow went."""

import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential

_flows = []


def flow(name):
    """Marks a function as the flow of that name; flows run in the order in which they are written."""

    def register(function):
        _flows.append((name, function))
        return function

    return register


def workspace_client():
    """As a user's program has it: nothing of the twin is in the code."""
    from azure.ai.ml import MLClient  # not where the flows of other clients run

    return MLClient(
        DefaultAzureCredential(),
        os.environ["AZURE_SUBSCRIPTION_ID"],
        os.environ["AZURE_RESOURCE_GROUP"],
        os.environ["AZUREML_WORKSPACE_NAME"],
    )


def folder_with(files):
    """A new folder with these files; `files` maps relative paths to texts."""
    root = Path(tempfile.mkdtemp(prefix="flow-"))
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def expect_refused(status, call, code=None):
    """Requires that the service answers with this status (and code) in the form in which the client raises it."""
    try:
        call()
    except HttpResponseError as error:
        assert error.status_code == status, f"{error.status_code} instead of {status}: {error}"
        assert (status == 404) == isinstance(error, ResourceNotFoundError), type(error)
        if code is not None:
            assert error.error is not None and error.error.code == code, f"{error.error} instead of {code}"
        return error
    raise AssertionError(f"not refused, expected {status}")


def run():
    """Runs every flow and writes `[{flow, error, seconds}]` to the file that the command line names last."""
    results = []
    for name, function in _flows:
        started = time.time()
        try:
            function()
            error = None
        except Exception:  # a flow that fails must not hide the ones after it
            error = traceback.format_exc()
        results.append({"flow": name, "error": error, "started": started, "seconds": time.time() - started})
    Path(sys.argv[-1]).write_text(json.dumps(results))
