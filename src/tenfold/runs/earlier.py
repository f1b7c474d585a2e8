"""Read the files of earlier versions of Tenfold."""

from typing import Any

_MUON_ONLY = ("adam_ratio", "weight_decay", "warm_up")


def updated(settings: dict[str, Any]) -> dict[str, Any]:
    """Translate the settings of an old `recipe.yaml` to today's names; new files do not change.

    Before version 0.2, the kind of a network was `dense` (the notebook's) or `tiled` (all others),
    and the settings of optimiser and precision were settings of the recipe itself.
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
