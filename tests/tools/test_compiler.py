"""How mmcv is compiled, decided from what a torch, its GPUs and an nvcc are said to be."""

import sys
from pathlib import Path

import pytest
from bare_machine import NVCC


@pytest.fixture
def compiler(tool):
    return tool("setup/compiler")


@pytest.fixture(autouse=True)
def nvcc(tool, monkeypatch, tmp_path):
    """The module, without the toolkit of the machine that runs the tests."""
    tool("setup/compiler")
    nvcc = sys.modules["nvcc"]
    monkeypatch.setattr(nvcc, "SYSTEM_NVCC", tmp_path / "usr/local/cuda/bin/nvcc")
    return nvcc


@pytest.fixture
def operators(tool):
    return tool("setup/operators")


def make_nvcc(home, release="13.0", archs=(75, 80, 90, 120)):
    """Write an nvcc that knows ``archs`` into a toolkit of the usual form."""
    for name in ("bin", "include", "lib64"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for name in ("include/cuda_runtime.h", "include/cusparse.h", "lib64/libcudart.so"):
        (home / name).touch()
    text = "".join(f"compute_{arch}\\n" for arch in archs)
    (home / "bin/nvcc").write_text(NVCC.format(release=release, archs=text))
    (home / "bin/nvcc").chmod(0o755)
    return home / "bin/nvcc"


def torch_of(compiler, **facts):
    built = ((7, 5), (8, 0), (9, 0), (12, 0))
    return compiler.Torch(**dict(version="2.13.0+cu130", cuda="13.0", built=built) | facts)


@pytest.mark.parametrize(
    ("visible", "known", "wanted", "archs"),
    [
        ((), (), "", "7.5;8.0;9.0;12.0+PTX"),  # no GPU: all that torch is for
        (((8, 6),), (), "", "8.6+PTX"),
        (((9, 0), (8, 0)), (), "", "8.0;9.0+PTX"),
        (((9, 0),), (), "8.9", "8.9"),  # the user's word
        (((12, 1),), (), "", "12.0+PTX"),  # newer than what torch is for
        ((), ((8, 0), (9, 0)), "", "7.5;8.0;9.0+PTX"),  # an nvcc older than torch's
        (((10, 0),), ((8, 0), (9, 0)), "", "9.0+PTX"),
    ],
)
def test_architectures(compiler, visible, known, wanted, archs):
    torch = torch_of(compiler, visible=visible)
    assert compiler.architectures(torch, known, wanted) == archs


def test_a_torch_that_does_not_say_what_it_is_for(compiler):
    with pytest.raises(compiler.CannotCompile, match='set TORCH_CUDA_ARCH_LIST .* "8.0;9.0"'):
        compiler.architectures(torch_of(compiler, built=()), ())


def test_where_nvcc_is_looked_for(nvcc, tmp_path):
    packages, system = tmp_path / "site", nvcc.SYSTEM_NVCC
    pip = make_nvcc(packages / "nvidia/cu13")
    assert nvcc.find_nvcc("13.0", packages, {}) == pip
    make_nvcc(system.parents[1])
    assert nvcc.find_nvcc("13.0", packages, {}) == system
    on_path = make_nvcc(tmp_path / "path")
    environment = {"PATH": str(on_path.parent)}
    assert nvcc.find_nvcc("13.0", packages, environment) == on_path
    chosen = make_nvcc(tmp_path / "chosen")
    environment["CUDA_HOME"] = str(chosen.parents[1])
    assert nvcc.find_nvcc("13.0", packages, environment) == chosen


def test_a_newer_minor_version_is_taken_and_another_major_version_passed_over(nvcc, tmp_path):
    old = make_nvcc(tmp_path / "old", "12.9")
    fits = make_nvcc(tmp_path / "site/nvidia/cu13", "13.1")
    environment = {"PATH": str(old.parent)}
    assert nvcc.find_nvcc("13.0", tmp_path / "site", environment) == fits
    # One that is named is not passed over.
    environment["CUDA_HOME"] = str(old.parents[1])
    with pytest.raises(nvcc.CannotCompile, match=r"old/bin/nvcc is of CUDA 12\.9, and torch"):
        nvcc.find_nvcc("13.0", tmp_path / "site", environment)


def test_how_to_get_a_compiler(nvcc):
    with pytest.raises(nvcc.CannotCompile, match=r"pip install 'nvidia-cuda-nvcc==13\.0\.\*'"):
        nvcc.find_nvcc("13.0", Path("nowhere"), {})
    with pytest.raises(nvcc.CannotCompile, match=r"module load cuda/12\.6"):
        nvcc.find_nvcc("12.6", Path("nowhere"), {})  # pip has no nvcc of it


def test_a_script_that_calls_the_real_nvcc_is_looked_through(nvcc, tmp_path):
    real = make_nvcc(tmp_path / "cuda-13.0")
    script = tmp_path / "bin/nvcc"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\n[ $1 != --dryrun ] || echo '#$ TOP={real.parent}/..' >&2\n")
    script.chmod(0o755)
    assert nvcc.nvcc_home(script) == tmp_path / "cuda-13.0"
    link = tmp_path / "link"
    link.symlink_to(real)
    assert nvcc.nvcc_home(link) == tmp_path / "cuda-13.0"


def test_a_build_for_cuda(compiler, tmp_path):
    nvcc = make_nvcc(tmp_path / "cuda")
    environment = {"CUDA_HOME": str(tmp_path / "cuda")}
    build = compiler.plan(torch_of(compiler, visible=((9, 0),)), environment, tmp_path)
    assert build.cuda
    assert build.target == "cuda13.0-sm90_ptx"
    assert build.summary == f"with {nvcc} for 9.0+PTX (the visible GPUs)"
    assert build.environment == {
        "FORCE_CUDA": "1",
        "CUDA_HOME": str(tmp_path / "cuda"),
        "TORCH_CUDA_ARCH_LIST": "9.0+PTX",
    }


def test_a_compiler_of_pips_gets_torchs_headers_and_a_link(compiler, tmp_path):
    packages, links = tmp_path / "site", tmp_path / "links"
    home = packages / "nvidia/cu13"
    make_nvcc(home)
    for name in ("include/cusparse.h", "lib64/libcudart.so"):
        (home / name).unlink()
    (home / "lib").mkdir()
    (home / "lib/libcudart.so.13").touch()
    links.mkdir()
    torch = torch_of(compiler, packages=packages)
    build = compiler.plan(torch, {"CPATH": "/opt/include"}, links)
    assert build.environment["CPATH"] == f"{home / 'include'}:/opt/include"
    assert build.environment["LIBRARY_PATH"] == str(links)
    assert (links / "libcudart.so").resolve() == home / "lib/libcudart.so.13"


@pytest.mark.parametrize(("cuda", "environment"), [(None, {}), ("13.0", {"TINYDET_CPU_OPS": "1"})])
def test_a_build_for_the_cpu_hides_the_gpus(compiler, tmp_path, cuda, environment):
    build = compiler.plan(torch_of(compiler, cuda=cuda, visible=((9, 0),)), environment, tmp_path)
    assert (build.cuda, build.target) == (False, "cpu")
    assert build.environment == {"FORCE_CUDA": "0", "CUDA_VISIBLE_DEVICES": ""}


@pytest.mark.parametrize(
    ("torch", "torchvision"),
    [
        ("2.6.0+cu124", "torchvision>=0.21.0,<=0.21.0"),
        ("2.12.1", "torchvision>=0.27.0,<=0.27.1"),
        ("2.13.0+cpu", "torchvision>=0.28.0,<=0.28.0"),
        ("2.14.1", "torchvision>=0.29.0,<=0.29.1"),
        ("2.15.0", "torchvision>=0.29.0,<=0.30.0"),  # 0.29 runs on all torches from 2.14 on
    ],
)
def test_the_torchvision_of_a_torch(operators, torch, torchvision):
    assert operators.pair(torch) == torchvision
