"""ONNX Runtime, which else tells its makers on which machine it runs which models."""

import os
from types import ModuleType


def silent_onnxruntime() -> ModuleType:
    """Import ONNX Runtime with its telemetry switched off.

    Since version 1.29 it keeps a number for the machine in the user's folder, and sends it to
    Microsoft with facts about the models and their times. An environment variable, set before the
    import, prevents that; `ORT_DISABLE_TELEMETRY=0` allows it.

    Source: pull request 27379 of microsoft/onnxruntime.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    if os.environ["ORT_DISABLE_TELEMETRY"] != "0":  # Some builds ignore the variable.
        onnxruntime.disable_telemetry_events()
    found: ModuleType = onnxruntime
    return found
