"""Two local nodes of Ray, each with one core."""

import os
import shutil
import tempfile

import pytest


@pytest.fixture(autouse=True, scope="session")
def _short_folder():
    """Give Ray's sockets a folder whose name is short enough."""
    folder = tempfile.mkdtemp(prefix="r", dir="/tmp")
    with pytest.MonkeyPatch.context() as patch:
        if "RAY_TMPDIR" not in os.environ:
            patch.setenv("RAY_TMPDIR", folder)
        yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def two_nodes():
    """The address of a cluster of two nodes with a core each, for `--cluster`."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from nodes import local_nodes

    with local_nodes(2) as address:
        yield address
