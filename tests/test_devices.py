"""What is said where torch sees no GPU, in torch's own words for it."""

import os

import pytest
import torch

from tinydet import devices
from tinydet.errors import InputError

NONE = "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and ..."
OLD = "The NVIDIA driver on your system is too old (found version 12020). Please update ..."


@pytest.fixture
def cuda_torch(monkeypatch, tmp_path):
    """A torch for CUDA 13.0 that finds what ``say`` says, on a machine with driver 535."""
    driver = tmp_path / "version"
    driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun\n")
    monkeypatch.setattr(devices, "DRIVER", driver)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch, "__version__", "2.13.0+cu130")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in ("TINYDET_DEVICE", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)

    def say(text):
        def init():
            raise RuntimeError(text)

        monkeypatch.setattr(torch.cuda, "init", init)

    say(OLD)
    return say


@pytest.fixture
def two_gpus(cuda_torch, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


def test_a_driver_that_is_too_old(cuda_torch):
    assert devices.why_no_gpu() == (
        "driver 535.54.03 (CUDA 12.2) is too old for CUDA 13.0, which this torch 2.13.0+cu130 is "
        "built for: install a torch built for CUDA 12, or update the driver"
    )


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs)", "570.86.15"),
        ("NVIDIA UNIX x86_64 Kernel Module  470.82  Wed Oct 27 2021", "470.82"),
    ],
)
def test_the_drivers_version(cuda_torch, module, version):
    devices.DRIVER.write_text(f"NVRM version: {module}\nGCC version:  gcc version 12.2.0\n")
    assert devices.driver_version() == version


def test_nvidia_smi_knows_the_driver_where_the_system_does_not(cuda_torch, monkeypatch, tmp_path):
    devices.DRIVER.unlink()
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 535.54.03\necho 535.54.03\n")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices.driver_version() == "535.54.03"
    smi.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n")
    assert devices.driver_version() is None


def test_no_driver(cuda_torch):
    cuda_torch(NONE)
    assert "torch 2.13.0+cu130 is built for CUDA 13.0, and this machine has no NVIDIA driver" in (
        devices.why_no_gpu()
    )


def test_hidden_gpus(cuda_torch, monkeypatch):
    cuda_torch("No CUDA GPUs are available")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert devices.why_no_gpu().endswith("CUDA_VISIBLE_DEVICES='7' hides the GPUs")


def test_anything_else_is_quoted(cuda_torch):
    cuda_torch("CUDA unknown error - this may be due to ...\nsecond line")
    assert devices.why_no_gpu().endswith("(CUDA unknown error - this may be due to ...)")


def test_a_distributed_run_wants_gpus(cuda_torch, monkeypatch, capsys):
    with pytest.raises(InputError, match="TINYDET_DEVICE=cpu runs on the CPU, over gloo"):
        devices.require_gpus(8)
    assert devices.main(["8"]) == 1
    assert "error: driver 535.54.03 (CUDA 12.2) is too old" in capsys.readouterr().err
    monkeypatch.setenv("TINYDET_DEVICE", "cpu")
    assert devices.main(["8"]) == 0
    monkeypatch.setenv("TINYDET_DEVICE", "gpu")
    with pytest.raises(InputError, match="TINYDET_DEVICE is 'gpu'; it is 'cpu', or not set"):
        devices.require_gpus(8)


def test_a_torch_for_the_cpu_needs_no_word(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    devices.require_gpus(8)


def test_more_processes_than_gpus(two_gpus):
    devices.require_gpus(2)
    with pytest.raises(InputError, match=r"8 processes need a GPU each, and torch sees 2 here; "):
        devices.require_gpus(8)


@pytest.mark.parametrize("processes", [["0"], ["eight"], []])
def test_a_number_that_is_none(processes, capsys):
    assert devices.main(processes) == 1
    assert "it is 1 or more" in capsys.readouterr().err


def test_gloo_is_not_for_a_torch_that_should_have_a_gpu(cuda_torch, monkeypatch):
    """As each task of Slurm would start, which no script has asked before."""
    from tinydet.compat import gloo

    joined = []
    monkeypatch.setattr(torch.distributed, "init_process_group", lambda **_: joined.append(True))
    for name in ("PROCID", "LOCALID", "NTASKS"):
        monkeypatch.setenv(f"SLURM_{name}", "1")
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_PORT", "MASTER_ADDR"):
        monkeypatch.setenv(name, "1")  # put back after the test
    with pytest.raises(InputError, match="too old for CUDA"):
        gloo._init_gloo_from_slurm()
    assert not joined
    monkeypatch.setenv("TINYDET_DEVICE", "cpu")
    gloo._init_gloo_from_slurm()
    assert joined


def test_slurms_tasks_meet_at_the_first_node(monkeypatch, tmp_path):
    from tinydet.compat import gloo

    monkeypatch.setattr(gloo, "_init_gloo", lambda: None)
    for name in ("PROCID", "LOCALID", "NTASKS"):
        monkeypatch.setenv(f"SLURM_{name}", "1")
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_PORT", "MASTER_ADDR"):
        monkeypatch.setenv(name, "1")  # put back after the test
    monkeypatch.delenv("MASTER_ADDR")
    monkeypatch.setenv("SLURM_STEP_NUM_NODES", "2")
    monkeypatch.setenv("SLURM_STEP_NODELIST", "node[07-08]")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(InputError, match=r"which of the nodes 'node\[07-08\]' .* set MASTER_ADDR"):
        gloo._init_gloo_from_slurm()
    scontrol = tmp_path / "scontrol"
    scontrol.write_text('#!/bin/sh\n[ "$3" = "node[07-08]" ] && echo node07 && echo node08\n')
    scontrol.chmod(0o755)
    gloo._init_gloo_from_slurm()
    assert os.environ["MASTER_ADDR"] == "node07"
