"""A server of weights, and a machine that has none yet."""

import socket

import pytest
import torch
from weights_server import hashed, saved, serving

from tinydet.weights import download


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def second():
    """Another server, for TINYDET_WEIGHTS_URL."""
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """An empty cache, no proxy, no pause between attempts; returns the cache's folder."""
    for name in ("TINYDET_WEIGHTS", "TINYDET_WEIGHTS_URL", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(download, "PAUSE", 0)
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def offline(monkeypatch):
    """Every request, to whichever host, is refused at once."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("no_proxy", "")
        yield address


@pytest.fixture
def weights(server):
    """A state on the server under a name with its hash; returns the state and the file's name."""
    state = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(2)}
    content = saved(state)
    name = hashed("net", content)
    server.files[name] = content
    return state, name
