"""The report of an environment, whole, broken, and with GPUs that are said to be there."""

import json
import sys

import pytest
import torch

from tinydet import devices
from tinydet.ops import origin


@pytest.fixture
def check_env(tool, tmp_path, monkeypatch):
    """The tool in a checkout where ``make setup`` has not been run."""
    module = tool("check_env")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    return module


@pytest.fixture
def rows(check_env):
    """Rows of an environment where all is well."""
    return dict.fromkeys(check_env.PACKAGES, "1.0")


@pytest.fixture
def h100s(monkeypatch):
    """Two GPUs that a torch built for sm_80 and sm_90 sees."""
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch._C, "_cuda_getArchFlags", lambda: "sm_80 sm_90", raising=False)
    for name, value in (
        ("is_available", True),
        ("device_count", 2),
        ("get_device_name", "NVIDIA H100"),
        ("get_device_capability", (9, 0)),
    ):
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)


def test_this_environment_is_ready(check_env, capsys):
    assert check_env.main(["--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows["verdict"].startswith("ready")
    for operator, place in origin().items():
        if f"{operator} on cpu" in rows:
            assert rows[f"{operator} on cpu"] == f"works ({place})"
    for operator in ("nms", "roi_align", "deform_conv2d", "modulated_deform_conv2d", "soft_nms"):
        assert f"{operator} on cpu" in rows


def test_a_broken_package_is_a_row_and_no_traceback(check_env, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mmdet", None)  # import raises ImportError
    assert check_env.main([]) == 1
    printed = capsys.readouterr().out
    assert "MISSING: ModuleNotFoundError" in printed
    assert printed.splitlines()[-1].startswith("NOT ready: mmdet; ")
    assert printed.splitlines()[-1].endswith("tools/setup.sh --again")


@pytest.mark.parametrize(
    ("made", "active", "cure"),
    [
        (False, False, "TINYDET_ENV=active tools/setup.sh --again"),
        (True, False, "source .venv/bin/activate (this Python is {})"),
        (True, True, "tools/setup.sh --again"),
    ],
)
def test_the_environment_of_make_setup_is_named_to_another_python(
    check_env, rows, monkeypatch, made, active, cure
):
    if made:
        (check_env.VENV / "bin").mkdir(parents=True)
        (check_env.VENV / "bin/python").touch()
    if active:
        monkeypatch.setattr(sys, "prefix", str(check_env.VENV))
    _, sentence = check_env.verdict(rows | dict(torch="MISSING: x", mmcv="MISSING: x"))
    assert sentence == f"NOT ready: torch, mmcv; {cure.format(sys.executable)}"


def test_an_optional_package_that_is_absent_is_not_called_missing(check_env, monkeypatch):
    monkeypatch.setattr(check_env, "OPTIONAL", {"no_such_package"})
    assert check_env.version("no_such_package") == "not installed"
    assert check_env.version("nor_this").startswith("MISSING: ModuleNotFoundError")


def test_a_wrong_operator_fails(check_env, monkeypatch, capsys):
    from mmcv import ops

    monkeypatch.setattr(ops, "nms", lambda boxes, scores, iou: (boxes, scores.argsort()))
    assert check_env.main([]) == 1
    assert "NOT ready: nms on cpu; " in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("missing", ["mmyolo", "torchvision"])
@pytest.mark.parametrize("says", ["MISSING: x", "not installed"])
def test_what_is_optional(check_env, rows, missing, says):
    fine, sentence = check_env.verdict(rows | {missing: says})
    assert fine
    assert ("YOLO configs need mmyolo" in sentence) == (missing == "mmyolo")


@pytest.mark.parametrize(
    ("flags", "capability", "fits"),
    [
        ("sm_80 sm_90", (9, 0), True),
        ("sm_80 sm_90", (8, 6), True),  # the same major version, and newer
        ("sm_80 sm_90", (12, 0), False),
        ("sm_80 sm_90 compute_90", (12, 0), True),  # PTX, compiled by the driver
        ("sm_86 compute_90", (8, 0), False),
        ("sm_75 sm_120", (7, 0), False),
    ],
)
def test_which_gpus_a_torch_runs_on(check_env, flags, capability, fits):
    assert check_env.runs(flags.split(), capability) is fits


def test_gpus_are_listed(check_env, h100s):
    rows = check_env.gpu_rows()
    assert rows["GPU 1"] == "NVIDIA H100, sm_90"
    assert rows["torch is built for"] == "sm_80 sm_90"
    assert rows["CUDA"] == "13.0"


def test_a_gpu_that_torch_is_not_built_for(check_env, h100s, monkeypatch, rows):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (12, 0))
    rows |= check_env.gpu_rows()
    assert rows["GPU 0"] == "FAILS: NVIDIA H100, sm_120 is not among what torch is built for"
    fine, sentence = check_env.verdict(rows)
    assert not fine
    assert sentence == "NOT ready: GPU 0, GPU 1; install a torch that is built for this GPU"


@pytest.mark.parametrize(
    ("reason", "fine"),
    [
        ("driver 535.54.03 (CUDA 12.2) is too old for CUDA 13.0: install another torch", False),
        ("torch is built for CUDA 13.0, and this machine has no NVIDIA driver (...)", True),
    ],
)
def test_no_gpu(check_env, h100s, monkeypatch, rows, reason, fine):
    monkeypatch.setattr(devices, "why_no_gpu", lambda: reason)
    found, sentence = check_env.verdict(rows | check_env.gpu_rows())
    assert found is fine
    assert reason in sentence


def test_operators_for_the_cpu_beside_a_torch_for_cuda(check_env, h100s, monkeypatch, rows):
    from mmcv import ops

    monkeypatch.setattr("tinydet.ops.origin", lambda: {"nms": "compiled mmcv"})
    monkeypatch.setattr(ops, "get_compiling_cuda_version", lambda: "not available")
    rows |= check_env.compiled_row()
    assert rows["mmcv is compiled for"].startswith("FAILS: the CPU alone, and torch is built for")
    assert check_env.verdict(rows)[1].endswith("tools/setup.sh --again")
    monkeypatch.setenv("TINYDET_CPU_OPS", "1")
    assert check_env.compiled_row() == {"mmcv is compiled for": "the CPU alone"}


def test_operators_for_another_gpu(check_env, h100s, rows):
    rows["nms on cuda"] = "FAILS (compiled mmcv): RuntimeError: CUDA error: no kernel image is ..."
    _, sentence = check_env.verdict(rows)
    assert "pip uninstall -y mmcv && " in sentence
    assert sentence.endswith("TORCH_CUDA_ARCH_LIST=9.0 tools/setup.sh")


def test_a_torch_that_is_too_old(check_env, monkeypatch):
    monkeypatch.setattr(torch, "__version__", "2.5.1")
    fine, sentence = check_env.verdict(check_env.gather())
    assert not fine
    assert "torch 2.5.1 is older than 2.6" in sentence
