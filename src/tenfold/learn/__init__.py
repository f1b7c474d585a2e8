"""Define, compile, fit, predict: the only part that imports Keras and TensorFlow.

Importing this package starts TensorFlow, which takes seconds, so import it only where it is needed.
After the import, `keras.saving.load_model` reads the models that Tenfold saves.
"""

from tenfold.learn.backend import start_tensorflow

start_tensorflow()

from tenfold.learn.serialisable import import_all  # noqa: E402

import_all()
