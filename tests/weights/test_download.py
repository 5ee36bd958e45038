"""A file comes whole or not at all, once, whatever the server does."""

import errno
import multiprocessing
import socket
import time
from contextlib import ExitStack

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader
from weights_server import hashed, saved, serving

from tinydet.checkpoints import read_checkpoint
from tinydet.errors import InputError
from tinydet.weights import download, transfer
from tinydet.weights.catalogue import source_of
from tinydet.weights.download import fetch, local_file


def load(url):
    return CheckpointLoader.load_checkpoint(url, "cpu")


def left_in(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_file_is_downloaded_once_and_kept(server, weights, machine):
    state, name = weights
    for _ in range(2):
        loaded = load(f"{server.url}/{name}")
        assert {key: value.tolist() for key, value in loaded.items()} == {
            key: value.tolist() for key, value in state.items()
        }
    assert server.gets(name) == [None]
    assert left_in(machine) == [name]


def test_a_short_read_is_continued(server, weights, machine, logged):
    _, name = weights
    size = len(server.files[name])
    server.faults[name] = ["short"]
    load(f"{server.url}/{name}")
    assert server.gets(name) == [None, f"bytes={size // 2}-"]
    assert left_in(machine) == [name]
    assert any(
        f"the download ended after {size // 2:,} of {size:,} bytes; trying again" in s
        for s in logged
    )


def test_what_another_run_left_is_continued(server, weights, machine):
    _, name = weights
    machine.mkdir(parents=True)
    (machine / f".{name}.part").write_bytes(server.files[name][:100])
    load(f"{server.url}/{name}")
    assert server.gets(name) == ["bytes=100-"]
    assert (machine / name).read_bytes() == server.files[name]


@pytest.mark.parametrize("left", ["foreign", "whole", "too long"])
def test_what_does_not_belong_to_it_is_thrown_away(server, weights, machine, left):
    _, name = weights
    machine.mkdir(parents=True)
    content = server.files[name]
    rubbish = dict(foreign=b"x" * 100, whole=content, long=content + b"more")
    (machine / f".{name}.part").write_bytes(rubbish[left.split()[-1]])
    load(f"{server.url}/{name}")
    assert (machine / name).read_bytes() == content
    assert left_in(machine) == [name]


def test_a_damaged_body_is_noticed_by_the_hash(server, weights, machine):
    _, name = weights
    server.faults[name] = ["damaged"]
    load(f"{server.url}/{name}")
    assert server.gets(name) == [None, None]
    assert left_in(machine) == [name]


def test_a_file_that_stays_another_is_refused_and_not_kept(server, weights, machine):
    state, name = weights
    server.files[name] = saved(state | {"more": torch.ones(1)})
    with pytest.raises(InputError, match=r"its SHA-256 does not begin with [0-9a-f]{8} \(a file"):
        load(f"{server.url}/{name}")
    assert server.gets(name) == [None] * 3
    assert left_in(machine) == []


def test_a_damaged_file_in_the_cache_is_fetched_again(server, weights, machine, logged):
    _, name = weights
    machine.mkdir(parents=True)
    (machine / name).write_bytes(server.files[name][:-10])
    load(f"{server.url}/{name}")
    assert (machine / name).read_bytes() == server.files[name]
    assert any(f"{machine / name} is damaged or another file" in sentence for sentence in logged)


def test_a_busy_server_is_asked_again_a_missing_file_is_not(server, weights):
    _, name = weights
    server.faults[name] = [503, 503]
    load(f"{server.url}/{name}")
    assert len(server.gets(name)) == 3
    with pytest.raises(InputError, match=r"nothing.pth: HTTP 404 Not Found\)"):
        load(f"{server.url}/nothing.pth")
    assert len(server.gets("nothing.pth")) == 1


def test_a_page_in_place_of_a_file_is_not_kept(server, machine):
    server.files["plain.pth"] = saved({"w": torch.ones(1)})
    server.faults["plain.pth"] = ["page"]
    with pytest.raises(InputError, match="the content is not a checkpoint"):
        load(f"{server.url}/plain.pth")
    assert load(f"{server.url}/plain.pth")["w"].item() == 1


def test_a_server_that_dies_in_the_middle_and_comes_back(server, weights, monkeypatch):
    state, name = weights
    content = server.files[name]
    with ExitStack() as before, ExitStack() as after:
        dying = before.enter_context(serving())
        dying.files[name], dying.faults[name] = content, ["short"]
        url, port = f"{dying.url}/{name}", dying.server_address[1]
        revived = []

        def revive():
            revived.append(after.enter_context(serving(port)))
            revived[0].files[name] = content

        pauses = iter([before.close, revive])
        monkeypatch.setattr(download.time, "sleep", lambda _: next(pauses)())
        assert load(url)["bias"].tolist() == state["bias"].tolist()
    assert revived[0].gets(name) == [f"bytes={len(content) // 2}-"]


def test_the_second_address_is_used_where_the_first_fails(server, second, weights, monkeypatch):
    state, name = weights
    second.files[f"mirror/{name}"] = server.files.pop(name)
    monkeypatch.setenv("TINYDET_WEIGHTS_URL", f"{second.url}/mirror/")
    assert load(f"{server.url}/{name}")["bias"].tolist() == state["bias"].tolist()
    assert (server.gets(name), second.gets(f"mirror/{name}")) == ([None], [None])


def test_a_second_address_with_another_file_is_refused(server, second, weights, monkeypatch):
    _, name = weights
    second.files[name] = saved({"weight": torch.zeros(1)})
    server.faults[name] = [404]
    monkeypatch.setenv("TINYDET_WEIGHTS_URL", second.url)
    with pytest.raises(InputError) as raised:
        load(f"{server.url}/{name}")
    assert f"{server.url}/{name}: HTTP 404" in str(raised.value)
    assert f"{second.url}/{name}: its SHA-256 does not begin with" in str(raised.value)


def test_a_name_without_a_hash_at_a_second_address_is_warned_of(
    server, second, monkeypatch, logged
):
    second.files["plain.pth"] = saved({"w": torch.ones(1)})
    monkeypatch.setenv("TINYDET_WEIGHTS_URL", second.url)
    load(f"{server.url}/plain.pth")
    assert any("plain.pth has no hash in its name" in sentence for sentence in logged)


def test_two_runs_epoch_1_are_two_files(server):
    for run in ("a", "b"):
        server.files[f"{run}/epoch_1.pth"] = saved({"run": torch.tensor(float(ord(run)))})
    for run in ("a", "b"):
        assert load(f"{server.url}/{run}/epoch_1.pth")["run"].item() == ord(run)


def test_without_a_network_one_sentence_at_once(offline, machine):
    start = time.monotonic()
    with pytest.raises(InputError) as raised:
        CheckpointLoader.load_checkpoint("torchvision://resnet50")
    assert time.monotonic() - start < 2
    sentence = str(raised.value)
    assert "\n" not in sentence
    for part in (
        "checkpoint torchvision://resnet50 is not on this machine",
        "https://download.pytorch.org/models/resnet50-0676ba61.pth: Connection refused",
        "`python tools/weights.py torchvision://resnet50 --fetch --to DIR`",
        "TINYDET_WEIGHTS=DIR",
        f"put resnet50-0676ba61.pth into {machine}",
    ):
        assert part in sentence


def test_an_unknown_host_and_a_silent_one_are_final(monkeypatch):
    asked = []

    def unknown(*args, **kwargs):
        asked.append(args)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(InputError, match="the name of the host is not found: Name or service"):
        load("http://weights.invalid/net-0123abcd.pth")
    assert len(asked) == 1
    monkeypatch.undo()
    monkeypatch.setattr(transfer, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts and says nothing
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/net-0123abcd.pth"
        with pytest.raises(InputError, match=r"net-0123abcd.pth: timed out\)"):
            load(url)


def test_a_foreign_class_from_the_internet_is_not_run(server, tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "owned"), "w")

    content = saved({"state_dict": Evil()})
    name = hashed("evil", content)
    server.files[name] = content
    with pytest.raises(InputError, match=r"holds the class \S*open"):
        load(f"{server.url}/{name}")
    assert not (tmp_path / "owned").exists()


def test_the_format_of_2019_is_read(server):
    content = saved(
        dict(state_dict={"w": torch.ones(2)}, meta=dict(epoch=1)),
        _use_new_zipfile_serialization=False,
    )
    server.files["old.pth"] = content
    assert read_checkpoint(f"{server.url}/old.pth")["state_dict"]["w"].tolist() == [1, 1]


def run_alike(function, *arguments):
    """Run ``function`` in two processes at once; return their exit codes."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=function, args=(i, *arguments)) for i in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        if process.is_alive():
            process.kill()
    return [process.exitcode for process in processes]


def load_and_compare(_, url):
    assert load(url)["bias"].tolist() == [1, 1]


def test_two_processes_download_once(server, weights):
    _, name = weights
    server.faults[name] = ["slow"]
    assert run_alike(load_and_compare, f"{server.url}/{name}") == [0, 0]
    assert server.gets(name) == [None]


def load_on_rank_0_alone(rank, url, meeting):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=2
    )
    if rank == 0:
        load_and_compare(rank, url)
    torch.distributed.barrier()
    load_and_compare(rank, url)


def test_ranks_that_come_one_after_the_other_do_not_wait_for_each_other(server, weights, tmp_path):
    """mmengine's own loader meets at a barrier that only one of them would reach."""
    _, name = weights
    arguments = f"{server.url}/{name}", tmp_path / "meeting"
    assert run_alike(load_on_rank_0_alone, *arguments) == [0, 0]
    assert server.gets(name) == [None]


def test_a_folder_of_ones_own_comes_first_and_gets_the_download(
    server, weights, tmp_path, monkeypatch
):
    _, name = weights
    own = tmp_path / "own"
    monkeypatch.setenv("TINYDET_WEIGHTS", str(own))
    source = source_of(f"{server.url}/{name}")
    with pytest.raises(InputError, match=r"TINYDET_WEIGHTS names \S+, which is not a folder"):
        local_file(source)
    own.mkdir()
    assert local_file(source) == own / name == local_file(source)
    assert server.gets(name) == [None]
    assert fetch(source, tmp_path / "elsewhere") == tmp_path / "elsewhere" / name


def test_an_unwritable_folder_of_ones_own_leaves_the_download_to_the_cache(
    server, weights, tmp_path, monkeypatch, machine
):
    _, name = weights
    monkeypatch.setenv("TINYDET_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(download.os, "access", lambda *_: False)  # root may write anywhere
    assert local_file(source_of(f"{server.url}/{name}")) == machine / name


def test_a_folder_that_cannot_be_written_is_told(server, weights, tmp_path, monkeypatch):
    (tmp_path / "torch").write_text("a file where the cache would be")
    with pytest.raises(InputError, match=r"checkpoints cannot take it \(\w[\w ]+\); set TINYDET_W"):
        load(f"{server.url}/{weights[1]}")


def test_a_full_disk_is_no_broken_connection(server, weights, monkeypatch):
    class Full:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(transfer, "tqdm", Full)  # within the block that writes
    with pytest.raises(InputError, match=r"cannot take it \(No space left on device\)"):
        load(f"{server.url}/{weights[1]}")
    assert server.gets(weights[1]) == [None]


@pytest.mark.parametrize("path", ["", "folder/", "a/%2e%2e", "%2e%2e%2fx/"])
def test_an_address_without_a_file_is_refused(path):
    with pytest.raises(InputError, match="names no file"):
        load(f"http://127.0.0.1:9/{path}")


def test_a_name_cannot_leave_the_folder(server, machine):
    server.files["a/%2e%2e%2f%2e%2e%2fx.pth"] = saved({"w": torch.ones(1)})
    load(f"{server.url}/a/%2e%2e%2f%2e%2e%2fx.pth")
    (path,) = machine.rglob("x.pth")
    assert path.parent.parent == machine
