import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import RunFolderError
from tenfold.runs.request import Request


def test_a_request_comes_back_from_what_it_wrote():
    asked = Request(
        DataRequest("mine", side_px=16), recipe="quick", seed=3, overrides={"epochs": 2}
    )
    assert Request.from_dict(asked.to_dict()) == asked


def test_a_request_of_another_version_is_refused_in_one_sentence():
    with pytest.raises(RunFolderError, match="Another version of Tenfold started this run"):
        Request.from_dict({"recipe": "quick", "data": "digits", "side_px": 32, "seed": 0})
