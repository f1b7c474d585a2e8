"""The whole of image classification with multilayer perceptrons, step by step.

    import tenfold

    run = tenfold.run("classic", data="digits", seed=0)
    run.evaluation.accuracy
    run.model.predict(images)  # A keras.Model: uint8 images in, probabilities out.

`__init__.pyi` is the one list of the public names; each is imported when it is first used.
Importing Tenfold loads neither Keras, TensorFlow, scikit-learn nor Matplotlib.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
