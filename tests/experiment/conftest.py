"""Whole runs, without drawing."""

import pytest
from tests.pictures import blank_pictures


@pytest.fixture(autouse=True, scope="module")
def _blank_pictures():
    """Fixtures and tests of a module draw nothing."""
    with blank_pictures():
        yield
