import gc
import weakref

import numpy as np
from tests.learn.callbacks.test_checkpoint import FAST

from tenfold.learn.recipe import fit_recipe


def test_what_a_fit_has_traced_does_not_outlive_it(train, validation, monkeypatch):
    """A graph with custom gradients would stay for ever, and the images of the fit with it."""
    from tensorflow.python.framework.func_graph import FuncGraph

    graphs = []
    made = FuncGraph.__init__

    def noting(self, *args, **more):
        made(self, *args, **more)
        graphs.append(weakref.ref(self))

    monkeypatch.setattr(FuncGraph, "__init__", noting)
    model, _ = fit_recipe(FAST, train, validation, seed=0, say=lambda _: None)
    n_traced = len(graphs)
    del model
    gc.collect()
    assert n_traced > 5
    assert sum(each() is not None for each in graphs) <= 2  # Of the network that predicts.


def test_the_images_of_a_fit_do_not_outlive_it(train, validation):
    own = train.take(np.arange(len(train)))
    images = weakref.ref(own.images)
    fit_recipe(FAST, own, validation, seed=0, say=lambda _: None)
    del own
    gc.collect()
    assert images() is None
