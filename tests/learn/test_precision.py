from types import SimpleNamespace

import pytest

from tenfold.core.networks import ClassicNetwork, FullyConnectedNetwork
from tenfold.experiment import starting
from tenfold.learn import precision
from tenfold.learn.precision import choose_precision, fastest_precision, product_rate
from tenfold.runs import environment

FAST = FullyConnectedNetwork()


@pytest.fixture
def processor(monkeypatch):
    """Pretend to be a processor with these instructions, and this factor faster in bfloat16."""

    def pretend(instructions, faster):
        monkeypatch.setattr(environment, "instruction_sets", lambda: instructions)
        seconds = {"bfloat16": [1 / faster, 9.0], "float32": [1.0, 9.0]}
        monkeypatch.setattr(precision, "product_seconds", seconds.__getitem__)

    return pretend


@pytest.mark.parametrize(
    ("instructions", "faster", "expected"),
    [
        (["avx2", "avx512_bf16"], 2.0, "bfloat16"),
        (["amx_bf16"], 2.0, "bfloat16"),
        (["amx_bf16"], 1.1, "float32"),  # Too small a gain for the lost digits.
        (["avx2", "avx512f"], 2.0, "float32"),  # No instructions: emulated.
        ([], 2.0, "float32"),
        (None, 2.0, "bfloat16"),  # Unknown: what is measured decides.
        (None, 0.3, "float32"),
    ],
)
def test_bfloat16_needs_instructions_that_pay(instructions, faster, expected, processor):
    processor(instructions, faster)
    assert choose_precision(FAST) == expected
    assert starting.choose_precision(FAST, print) == expected


def test_disturbed_products_do_not_decide(processor, monkeypatch):
    processor(["amx_bf16"], 2.0)
    undisturbed = iter([7.0] * 30 + [0.5])  # float32 is never disturbed.
    seconds = {"bfloat16": lambda: [8.0, next(undisturbed)], "float32": lambda: [1.0, 1.0]}
    monkeypatch.setattr(precision, "product_seconds", lambda dtype: seconds[dtype]())
    assert fastest_precision() == "bfloat16"


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_recipe_that_names_its_precision_gets_it(asked, processor):
    processor([], 1.0) if asked == "bfloat16" else processor(["amx_bf16"], 9.0)
    assert choose_precision(FullyConnectedNetwork(precision=asked)) == asked


def test_classic_networks_stay_in_float32(processor):
    processor(["amx_bf16"], 9.0)
    assert choose_precision(ClassicNetwork(widths=(4,))) == "float32"


def test_the_rate_is_that_of_the_median_product(monkeypatch):
    readings = iter([0, 1, 10, 10.5, 20, 26])  # Products of 1, 0.5 and 6 seconds.
    monkeypatch.setattr(precision, "time", SimpleNamespace(perf_counter=readings.__next__))
    rate = product_rate("float32", side=10, n_repeats=3)
    assert rate == pytest.approx(2 * 10**3 / 1 / 1e9)
