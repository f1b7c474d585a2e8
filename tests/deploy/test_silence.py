import os
import subprocess
import sys

from tests.made_exports import write_export

PREDICT = """
import sys, numpy as np
from tenfold.deploy.classifier import Classifier
classifier = Classifier.open(sys.argv[1])
classifier.predict(np.zeros(classifier.document.shape, np.uint8))
"""


def test_a_model_leaves_no_number_of_the_machine_in_the_users_folder(tmp_path):
    export, home = write_export(tmp_path / "made.onnx"), tmp_path / "home"
    home.mkdir()
    # Without the variables by which ONNX Runtime notices a test or a build server.
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    subprocess.run(
        [sys.executable, "-c", PREDICT, export], env={**kept, "HOME": str(home)}, check=True
    )
    assert list(home.rglob("*")) == []
