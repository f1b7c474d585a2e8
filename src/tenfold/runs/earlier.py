"""Read what earlier versions of Tenfold wrote."""

from typing import Any

_MUON_ONLY = ("adam_ratio", "weight_decay", "warm_up")


def updated(settings: dict[str, Any]) -> dict[str, Any]:
    """Translate the settings of an old `recipe.yaml` to today's names; new ones do not change.

    Until version 0.2 networks were of kind `dense` (the notebook's) or `tiled` (the others), and
    the settings of optimiser and precision stood beside the recipe's own.
    """
    network = settings.get("network")
    if not isinstance(network, dict) or network.get("kind") not in {"dense", "tiled"}:
        return settings
    settings, network = dict(settings), dict(network)
    precision = settings.pop("precision", "auto")
    if network["kind"] == "dense":
        network["kind"] = "classic"
    else:
        network["kind"] = "local" if network.get("local") else "fully_connected"
        network["precision"] = precision
        if network["kind"] == "fully_connected":
            network = {k: v for k, v in network.items() if k not in {"grid", "local"}}
    optimizer = {"kind": settings.pop("optimizer", "adam")}
    optimizer["learning_rate"] = settings.pop("learning_rate", 1e-3)
    muons = {key: settings.pop(key) for key in _MUON_ONLY if key in settings}
    if optimizer["kind"] == "muon":
        optimizer |= muons
    return {**settings, "network": network, "optimizer": optimizer}
