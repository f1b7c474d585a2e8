import io
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest
from PIL import Image
from tests.made_exports import write_export
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.deploy.service import server as service_server


def png(side_px=8):
    stream = io.BytesIO()
    Image.new("RGB", (side_px, side_px), (0, 255, 0)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "model.onnx")


def test_a_server_answers_and_ends_what_it_has_accepted(export):
    command = [sys.executable, "-m", "tenfold", "serve", str(export), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split("/ is the page")[0]
        found = []

        def ask():
            with httpx.Client(base_url=address, timeout=30) as client:
                files = [("image", png(1_000))] * 20
                found.append(client.post("/v1/predict", files=files))

        asking = threading.Thread(target=ask)
        asking.start()
        while "tenfold_requests_now 1" not in httpx.get(f"{address}/metrics").text and not found:
            pass
        server.send_signal(signal.SIGTERM)
        asking.join()
        assert server.wait(30) == 0
        assert "Requests for predictions that were answered: 1." in server.stdout.read()
    assert found[0].status_code == 200
    assert {each["label"] for each in found[0].json()["predictions"]} == {"green"}


def test_refuses_a_port_that_is_taken(export):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(app, ["serve", str(export), "--port", port])
    assert done.exit_code == 1
    assert f"Cannot listen at port {port} of 127.0.0.1: Address already in use." in done.stderr
    assert "--port" in done.stderr


def test_without_uvloop_the_loop_is_asyncios_own(monkeypatch):
    monkeypatch.setattr(service_server, "find_spec", lambda _: None)
    assert service_server._loop_factory() is None
