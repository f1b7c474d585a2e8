"""Define, compile, fit, predict: the only part that imports Keras and TensorFlow.

Importing this package starts TensorFlow, which takes seconds: import it where it is needed.
"""

from tenfold.learn.backend import start_tensorflow

start_tensorflow()
