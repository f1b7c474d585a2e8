import keras
from keras import layers

from tenfold.core.networks import ClassicNetwork, LocalLayer, LocalNetwork
from tenfold.learn.define import define
from tenfold.learn.layers.views import with_views
from tenfold.learn.outline import outline


def test_layers_of_a_plain_network_have_their_shapes_and_parameters():
    model = define(ClassicNetwork(widths=(6,), input_dropout=0.2), (4, 4, 3), 5, seed=0)
    assert [
        (each.words, each.shape, each.n_parameters, each.multiplies) for each in outline(model)
    ] == [
        ("values scaled", (4, 4, 3), 0, False),
        ("all values side by side", (48,), 0, False),
        ("dropout of 20 % while fitting", (48,), 0, False),
        ("dense, relu", (6,), 48 * 6 + 6, True),
        ("dense, softmax", (5,), 6 * 5 + 5, True),
    ]


def test_layers_of_a_local_network_within_views_stand_in_their_place():
    network = LocalNetwork(grid=4, local=(LocalLayer(units=5, window=2),), widths=(7,))
    inner = define(network, (8, 8, 1), 3, seed=0)
    found = outline(with_views(inner, shift_px=1))
    assert [(each.words, each.shape) for each in found] == [
        ("10 views, shifted by 1 pixel, mirrored", (8, 8, 1)),
        ("tiles of 2 x 2 pixels", (16, 4)),
        ("local, windows of 2 x 2", (9, 5)),
        ("bias, ReLU", (9, 5)),
        ("all tiles side by side", (45,)),
        ("dense", (7,)),
        ("bias, ReLU", (7,)),
        ("dense, softmax", (3,)),
        ("mean over the views", (3,)),
    ]
    assert sum(each.n_parameters for each in found) == inner.count_params()


def test_a_layer_of_another_kind_has_the_name_of_its_class():
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.MaxPooling2D(), layers.Flatten()])
    assert outline(model)[0].words == "MaxPooling2D"
    assert outline(model)[0].shape == (2, 2, 1)
