"""Define, compile, fit, predict: the only part that imports Keras and TensorFlow.

Importing this package starts TensorFlow, which takes seconds, so import it only where it is needed.
After that, `keras.saving.load_model` reads what Tenfold saves.
"""

from tenfold.learn.backend import start_tensorflow

start_tensorflow()

from tenfold.learn.serialisable import import_all  # noqa: E402

import_all()
