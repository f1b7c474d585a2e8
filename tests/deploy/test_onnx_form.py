import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from tests.made_networks import NETWORKS, answers, predicting, some_images

from tenfold.core.errors import TenfoldError
from tenfold.deploy.onnx_form import onnx_model
from tenfold.learn.layers.views import with_views
from tenfold.learn.parts import Parts

OPERATORS = {
    "Add", "Cast", "Div", "Gather", "Identity", "Log", "MatMul", "Max", "Mul", "Pad", "ReduceMean",
    "Relu", "Reshape", "Softmax", "Sub", "Tanh", "Transpose",
}  # fmt: skip


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=providers)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_onnx_graph_of_standard_operators_computes_the_same(name):
    model, shape = predicting(name)
    graph = onnx_model(Parts.of(model), {})
    assert {node.op_type for node in graph.graph.node} <= OPERATORS
    assert {node.domain for node in graph.graph.node} == {""}
    session = session_of(graph)
    for n in (1, 20):  # The batch may have any size.
        images = some_images(n, shape)
        [found] = session.run(["probabilities"], {"images": images})
        np.testing.assert_allclose(found, answers(model, images), atol=2e-6)


def test_the_graph_says_what_it_takes_and_gives():
    model, _ = predicting("normalised")
    session = session_of(onnx_model(Parts.of(model), {"about": "this"}))
    [given] = session.get_inputs()
    assert (given.name, given.type, given.shape) == ("images", "tensor(uint8)", ["batch", 7, 9, 3])
    gives = [(each.name, each.type, each.shape) for each in session.get_outputs()]
    assert gives == [
        ("probabilities", "tensor(float)", ["batch", 3]),
        ("features", "tensor(float)", ["batch", 7]),
    ]
    assert session.get_modelmeta().custom_metadata_map == {"about": "this"}


def test_features_are_what_the_last_layer_sees_averaged_over_the_views():
    model, shape = predicting("classic")
    images = some_images(6, shape)
    [found] = session_of(onnx_model(Parts.of(model), {})).run(["features"], {"images": images})
    network = model.get_layer("dense")
    hidden = keras.Model(network.inputs, network.layers[-1].input)
    views = np.asarray(model.get_layer("views")(images))
    expected = answers(hidden, views).reshape(10, 6, 5).mean(axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["normalised", "biased"])
def test_weights_are_not_written_twice_nor_filled_with_zeros(name):
    model, _ = predicting(name)
    graph = onnx_model(Parts.of(model), {}).graph
    floats = [each for each in graph.initializer if each.data_type == onnx.TensorProto.FLOAT]
    assert sum(np.prod(each.dims) for each in floats) <= model.count_params() + 10


def own_network(*middle: keras.layers.Layer) -> keras.Model:
    layers = keras.layers
    images = keras.Input((4, 4, 3), dtype="uint8")
    first = layers.Dense(6)(layers.Flatten()(images))
    second = layers.ReLU()(layers.BatchNormalization()(first))
    x = layers.Add()([second, layers.Activation("tanh")(first)])
    for layer in middle:
        x = layer(x)
    model = keras.Model(images, layers.Softmax()(layers.Dense(3)(x)))
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.1, 0.3, w.shape) for w in model.get_weights()])
    return model


def test_a_network_of_ones_own_computes_the_same():
    model = with_views(own_network(), shift_px=1)
    images = some_images(9, (4, 4, 3)) // 64
    [found] = session_of(onnx_model(Parts.of(model), {})).run(["probabilities"], {"images": images})
    np.testing.assert_allclose(found, answers(model, images), atol=1e-5)


def test_refuses_a_layer_without_an_equivalent_and_names_another_format():
    model = own_network(keras.layers.LayerNormalization(name="mine"))
    with pytest.raises(TenfoldError, match=r"'mine' \(LayerNormalization\) to ONNX.*keras, saved"):
        onnx_model(Parts.of(model), {})
