from tenfold.experiment.spreading import Workers, each_fitted


def fit(shared, task, *, say):
    say(f"fitted {task}")
    return shared + task


def elsewhere(work, shared, tasks, **_):
    """Stands for workers on a machine with another processor."""
    for task in tasks:
        result, lines, facts = work(shared, task)
        yield task, (result, lines, {**facts, "processor": "another"})


def test_fits_here_are_carried_out_one_after_the_other():
    told: list[str] = []
    results = each_fitted(fit, 10, (1, 2), None, n_bytes=0, say=told.append)
    assert next(results) == (1, 11)
    assert told == ["fitted 1"]
    assert list(results) == [(2, 12)]


def test_a_worker_on_another_machine_is_named_once(monkeypatch):
    monkeypatch.setattr("tenfold.cluster.spread.spread", elsewhere)
    told: list[str] = []
    found = list(each_fitted(fit, 10, (1, 2), Workers("a:1"), n_bytes=0, say=told.append))
    assert found == [(1, 11), (2, 12)]
    assert [told[0], told[2]] == ["fitted 1", "fitted 2"]
    assert "processor is another there" in told[1]
    assert len(told) == 3


def test_ray_is_not_started_for_no_fits(monkeypatch):
    monkeypatch.setattr("tenfold.cluster.spread.spread", lambda *_, **__: 1 / 0)
    assert list(each_fitted(fit, 10, (), Workers("a:1"), n_bytes=0, say=print)) == []
