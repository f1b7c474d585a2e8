import pytest
from tests.data.corpus import CASES

from tenfold.core.errors import DataError
from tenfold.experiment.gather import gather


@pytest.mark.parametrize("name", CASES)
def test_what_people_bring_comes_out_right(tmp_path, name):
    right = CASES[name](tmp_path)
    told: list[str] = []

    def gathered():
        return gather(str(right.data), say=told.append, **right.options)

    if right.error:
        with pytest.raises(DataError) as refused:
            gathered()
        assert [words for words in right.error if words not in str(refused.value)] == []
        return
    dataset = gathered()
    assert dataset.classes == right.classes
    assert (len(dataset.train), len(dataset.test)) == right.n
    assert len(dataset.provenance.skipped) == right.skipped, dataset.provenance.skipped
    given = dataset.given_validation
    assert (None if given is None else len(given)) == right.given
    story = " ".join(told)
    for words in right.says:
        assert words in story
