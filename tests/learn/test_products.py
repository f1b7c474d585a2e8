import keras
import pytest
import tensorflow as tf

from tenfold.core.networks import ClassicNetwork, FullyConnectedNetwork, LocalLayer, LocalNetwork
from tenfold.core.optimizers import AdamSettings, MuonSettings
from tenfold.core.recipe import Recipe
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.products import Products, products_per_fit, products_per_step

SHAPE = (4, 4, 1)
LOCAL = LocalNetwork(
    grid=4, local=(LocalLayer(units=3), LocalLayer(units=5, window=3)), widths=(7,), dropout=0.1
)
PCA = FullyConnectedNetwork(widths=(7, 3), components=5)
CLASSIC = ClassicNetwork(widths=(5, 3), input_dropout=0.2)


def compiled(network, optimizer):
    recipe = Recipe(name="tiny", summary="", network=network, optimizer=optimizer, batch_size=4)
    model = define(network, SHAPE, 2, seed=0)
    compile_model(model, recipe, n_images=8)
    return model, recipe


def test_counts_a_classic_network_as_by_hand():
    model, _ = compiled(CLASSIC, AdamSettings())
    # Kernels of 16 x 5, 5 x 3 and 3 x 2; the pixels need no gradient.
    assert products_per_step(model, 10) == Products(
        forward=2 * 10 * (80 + 15 + 6), backward=2 * 10 * (80 + 2 * (15 + 6))
    )


def test_counts_a_local_network_with_muon_as_by_hand():
    model, _ = compiled(LOCAL, MuonSettings())
    # Sixteen kernels of 1 x 3, four of 27 x 5, 20 x 7 and 7 x 2, the last of them left to Adam.
    assert products_per_step(model, 6) == Products(
        forward=2 * 6 * (48 + 540 + 140 + 14),
        backward=2 * 6 * (48 + 2 * (540 + 140 + 14)),
        # Two rows of windows add up 2 * 9 tiles to 3 * 4; then 2 * 3 rows of four become four rows.
        windows=2 * (2 * 18 * 12 + 6 * 4 * 4) * (3 * 6),
        # Gram matrix and last product, and nine products of the smaller side in three iterations.
        orthogonalisation=16 * (2 * 2 * 3 * 1 * 1 + 9 * 2 * 1**3)
        + 4 * (2 * 2 * 27 * 5 * 5 + 9 * 2 * 5**3)
        + (2 * 2 * 20 * 7 * 7 + 9 * 2 * 7**3),
    )


@pytest.mark.parametrize("optimizer", [AdamSettings(), MuonSettings()], ids=["adam", "muon"])
@pytest.mark.parametrize("network", [CLASSIC, LOCAL, PCA], ids=["classic", "local", "pca"])
def test_counts_what_tensorflow_executes_in_a_step(network, optimizer):
    model, _ = compiled(network, optimizer)
    assert products_per_step(model, 6).total == traced_flop(model, batch_size=6)


def traced_flop(model: keras.Model, batch_size: int) -> int:
    """Trace a step, and add up the products on which its changes depend."""
    images = tf.TensorSpec((batch_size, *SHAPE), tf.uint8)
    labels = tf.TensorSpec((batch_size,), tf.int32)
    model.optimizer.build(model.trainable_variables)
    step = tf.function(lambda x, y: model.train_step((x, y)))
    graph = step.get_concrete_function(images, labels).graph
    found, ahead = {}, [*(output.op for output in graph.outputs), *graph.control_outputs]
    while ahead:
        operation = ahead.pop()
        if operation.name not in found:
            found[operation.name] = operation
            ahead += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]
    kinds = {operation.type for operation in found.values()}
    assert not kinds & {"Einsum", "If", "StatelessIf", "While", "PartitionedCall"}
    flop = 0
    for operation in found.values():
        if operation.type in {"MatMul", "BatchMatMulV2"}:
            a, _ = (tensor.shape.as_list() for tensor in operation.inputs)
            transposed = operation.get_attr(
                "transpose_a" if operation.type == "MatMul" else "adj_x"
            )
            inner = a[-2] if transposed else a[-1]
            flop += 2 * inner * operation.outputs[0].shape.num_elements()
    return flop


def test_counts_a_fit_with_steps_of_unequal_size_and_validation():
    model, recipe = compiled(CLASSIC, AdamSettings())
    counted = products_per_fit(model, recipe, n_train=10, n_validation=5, n_epochs=3)
    # Batches of at most 4 show 10 images in 3 steps; 3 epochs, each with 5 more forward.
    fitted, scored = 2 * 10 * (101 + 80 + 2 * 21), 2 * 5 * 101
    assert counted.total == pytest.approx(3 * (fitted + scored))


class Forgetful(FeatureMajorLayer):
    """A layer of Tenfold's kind that has a kernel but does not count its products."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 1), name="kernel")

    def call(self, x):
        return tf.matmul(x, self.kernel)


@pytest.mark.parametrize("layer", [keras.layers.Conv2D(2, 3), Forgetful()])
def test_refuses_a_layer_that_does_not_count_its_products(layer):
    model = keras.Sequential([keras.Input((4, 4, 1)), layer])
    with pytest.raises(ValueError, match=f"received {type(layer).__name__}"):
        products_per_step(model, 1)
