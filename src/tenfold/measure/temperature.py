"""The temperature at which a network's probabilities say how often it is right."""

import math

import numpy as np

SPREAD = math.log(2)
"""Before any image is seen, a temperature of 2 or of 1/2 is one standard deviation from 1. It keeps
a handful of images, all predicted right, from making a network certain of everything."""
MOST = 20.0
"""The search goes from 1 / MOST to MOST."""


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Find the temperature of the highest posterior probability, given images and their classes.

    The log loss on these images at this temperature is never above that at temperature 1.

    Args:
        probabilities: float32 (n, n_classes), rows summing to 1, of images that the network was not
            fitted to.
        truth: int64 (n,), the actual classes.

    Returns:
        The temperature; 1 if there are no images.

    Source: temperature scaling, arXiv:1706.04599. The prior, log-normal around 1, is Tenfold's own.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    if not len(truth):
        return 1.0
    logits = _log(probabilities)
    actual = logits[np.arange(len(truth)), truth]

    def cost(log_temperature: float) -> float:
        inverse = math.exp(-log_temperature)
        loss = logsumexp(logits * inverse, axis=1) - actual * inverse
        return float(loss.sum()) + (log_temperature / SPREAD) ** 2 / 2

    bounds = (-math.log(MOST), math.log(MOST))
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-5})
    return math.exp(found.x) if found.fun < cost(0.0) else 1.0


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the logits behind probabilities by a temperature: float32, same shape.

    `1 / temperature` undoes what `temperature` did, but for rounding.

    Args:
        probabilities: float32 (n, n_classes), rows summing to 1.
        temperature: Above 0.
    """
    logits = _log(probabilities) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _log(probabilities: np.ndarray) -> np.ndarray:
    """float64 logarithms; an exact 0 is a probability that is too small for float32."""
    exact: np.ndarray = np.log(
        np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)
    )
    return exact
