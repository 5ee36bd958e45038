"""The set-up script on machines of stand-ins: see ``bare_machine.py``."""

import os
import shutil
import subprocess

import pytest
from bare_machine import OLD_DRIVER, ROOT, Machine, torch_facts


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def cuda_machine(machine):
    """A torch built for CUDA, no GPU to see (a login node, an image build), no torchvision."""
    machine.torch()
    return machine


def test_the_scripts_parse_and_can_be_executed():
    for path in [*ROOT.glob("tools/*.sh"), *ROOT.glob("tools/setup/*.sh"), ROOT / ".ci/run"]:
        subprocess.run(["bash", "-n", str(path)], check=True)
        assert os.access(path, os.X_OK) or path.parent.name == "setup", path


def test_a_bare_machine_builds_once_and_a_second_clone_not_at_all(machine):
    first = machine.run()
    assert first.returncode == 0, first.stderr
    assert "compiling mmcv 2.1.0 for the CPU" in first.stdout
    assert "minutes" in first.stdout
    assert len(machine.builds()) == 1
    assert machine.run().stdout == ""  # the stamp
    shutil.rmtree(machine.clone / ".venv")
    shutil.rmtree(machine.site)
    machine.site.mkdir()
    second = machine.run()
    assert second.returncode == 0, second.stderr
    assert len(machine.builds()) == 1
    assert "installing mmcv 2.1.0 for the CPU from" in second.stdout


def test_another_torch_or_other_flags_get_a_wheel_of_their_own(machine):
    assert machine.run().returncode == 0
    for change in ("torch", "flags"):
        shutil.rmtree(machine.site / "mmcv")
        if change == "torch":
            machine.torch("2.7.1+cpu", None)
        done = machine.run(**({"CFLAGS": "-O3"} if change == "flags" else {}))
        assert done.returncode == 0, done.stderr
    assert [build["CFLAGS"] for build in machine.builds()] == ["-O1 -g0", "-O1 -g0", "-O3"]


def test_a_torch_that_is_there_is_kept(machine):
    machine.torch("2.7.1+cpu", None)
    done = machine.run()
    assert "keeping torch 2.7.1+cpu" in done.stdout
    assert "installing torch" not in done.stdout


@pytest.mark.parametrize("version", ["2.3.1+cu121", "2.5.1"])
def test_a_torch_that_is_too_old_is_refused(machine, version):
    machine.torch(version)
    done = machine.run()
    assert done.returncode == 1
    assert f"error: torch {version} is older than 2.6" in done.stderr
    assert machine.builds() == []


@pytest.mark.parametrize("number", ["3.9", "3.13"])
def test_python_too_old_or_too_new(machine, number):
    machine.version(number)
    done = machine.run()
    assert done.returncode == 1
    assert f"needs Python 3.10, 3.11 or 3.12 and found: {number}" in done.stderr


def test_no_compiler(machine):
    (machine.bin / "c++").unlink()
    done = machine.run()
    assert done.returncode == 1
    assert "there is no C++ compiler" in done.stderr
    assert "apt-get install g++" in done.stderr


def test_a_short_disk(machine):
    machine.program("df", "#!/bin/sh\necho Filesystem\necho disk 1 1 5000000 1 /\n")
    done = machine.run()
    assert done.returncode == 1
    assert "4 GB are free here and set-up needs 8" in done.stderr
    assert machine.run(TINYDET_MIN_DISK_GB="4").returncode == 0


def test_no_network(machine):
    (machine.home / "no-network").touch()
    done = machine.run()
    assert done.returncode == 1
    assert "the package registry cannot be reached" in done.stderr


def test_an_interrupted_build_leaves_nothing_that_looks_like_a_wheel(machine):
    (machine.home / "build-fails").write_text("interrupted\n")
    assert machine.run().returncode != 0
    cache = machine.home / ".cache/tinydet/wheels"
    assert [path for path in cache.iterdir() if path.is_dir()] == []
    (machine.home / "build-fails").unlink()
    assert machine.run().returncode == 0
    assert len(machine.builds()) == 1


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("x.cu(3): error: no operator\n  error: subprocess-exited-with-error\n", "x.cu(3): error:"),
        ("nvcc fatal   : Unsupported gpu architecture 'compute_50'\n", "nvcc fatal   : Unsupp"),
        ("c++: fatal error: Killed signal terminated program cc1plus\n", "MAX_JOBS=1 tools/setup"),
        ("  IndexError: list index out of range\n", "IndexError: list index out of range"),
    ],
)
def test_a_failed_build_shows_its_cause(machine, log, cause):
    (machine.home / "build-fails").write_text("[1/136] c++\n" + log + "note: not pip\n" * 9)
    done = machine.run()
    assert done.returncode == 1
    assert cause in done.stderr
    assert "note: not pip" not in done.stderr
    assert "pip wheel failed; the log is" in done.stderr


# Operators without a compiler.


def test_torchvisions_operators_are_preferred(cuda_machine):
    cuda_machine.registry(torchvision=["0.27.1", "0.28.0", "0.29.1"])
    done = cuda_machine.run()
    assert done.returncode == 0, done.stderr
    assert "the operators are torchvision's: torchvision 0.28.0; nothing is compiled" in done.stdout
    assert "this machine has no NVIDIA driver (a login node?" in done.stdout
    assert cuda_machine.installed() == {"torchvision", "mmcv_lite"}
    assert cuda_machine.builds() == []
    assert cuda_machine.run().stdout == ""


def test_a_torchvision_that_is_there_is_used(cuda_machine):
    cuda_machine.registry(torchvision=["0.28.0"])
    assert cuda_machine.run().returncode == 0
    cuda_machine.registry()  # has none any more
    (cuda_machine.clone / ".venv/.tinydet-ready").unlink()
    done = cuda_machine.run(TINYDET_ENV="active", PATH=active(cuda_machine))
    assert "the operators are torchvision's: torchvision 0.28.0" in done.stdout, done.stderr


def active(machine):
    """Make ``python`` the machine's and return the PATH."""
    shutil.copy(machine.bin / "python3", machine.bin / "python")
    return str(machine.bin)


def test_a_torchvision_that_fails_is_removed_and_mmcv_compiled(machine):
    machine.registry(torchvision=["0.28.0"], broken=["0.28.0"])
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "RuntimeError: operator torchvision::nms does not exist" in done.stdout
    assert machine.installed() == {"mmcv"}


def test_somebody_elses_torchvision_is_left_alone(machine):
    machine.registry(torchvision=["0.28.0"], broken=["0.28.0"])
    machine.torch("2.13.0+cpu", None)
    folder = machine.site / "torchvision"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms')")
    machine.distribution("torchvision", "0.27.0")
    done = machine.run(TINYDET_ENV="active", PATH=active(machine))
    assert "(the one for this torch: pip install --no-deps 'torchvision>=0.28.0" in done.stdout
    assert machine.installed() == {"mmcv", "torchvision"}


def test_a_torchvision_for_the_cpu_beside_a_torch_for_cuda(cuda_machine):
    cuda_machine.registry(torchvision=["0.28.0+cpu"])
    done = cuda_machine.run(TINYDET_OPS="torchvision")
    assert done.returncode == 1
    assert (
        "TINYDET_OPS=torchvision, but its operators cannot be used: torchvision 0.28.0+cpu is "
        "built for the CPU alone, torch 2.13.0+cu130 for CUDA 13.0"
    ) in done.stderr
    assert cuda_machine.run(TINYDET_OPS="torchvision", TINYDET_CPU_OPS="1").returncode == 0


def test_torchvision_asked_for_and_not_to_be_had(machine):
    done = machine.run(TINYDET_OPS="torchvision")
    assert done.returncode == 1
    assert "the package registry has no torchvision>=0.28.0,<=0.28.0" in done.stderr
    assert machine.builds() == []


def test_a_wish_that_is_none(machine):
    done = machine.run(TINYDET_OPS="compiled")
    assert done.returncode == 1
    assert "TINYDET_OPS is 'compiled'; it is 'torchvision', 'compile', or not set" in done.stderr


def test_changing_the_wish_changes_the_operators(machine):
    machine.registry(torchvision=["0.28.0"])
    for wish, operators in (
        ("", {"mmcv_lite", "torchvision"}),
        ("compile", {"mmcv", "torchvision"}),
        ("", {"mmcv", "torchvision"}),  # what works is kept
        ("torchvision", {"mmcv_lite", "torchvision"}),
    ):
        done = machine.run(TINYDET_OPS=wish)
        assert done.returncode == 0, done.stderr
        assert machine.installed() == operators
    assert len(machine.builds()) == 1


# Compiling for CUDA.


def test_without_a_visible_gpu_the_build_is_for_all_that_torch_is_for(cuda_machine):
    cuda_machine.nvcc("13.0")
    done = cuda_machine.run()
    assert done.returncode == 0, done.stderr
    assert "for 7.5;8.0;9.0;12.0+PTX (all architectures of torch)" in done.stdout
    (build,) = cuda_machine.builds()
    assert build["FORCE_CUDA"] == "1"
    assert build["TORCH_CUDA_ARCH_LIST"] == "7.5;8.0;9.0;12.0+PTX"
    assert build["std"] == "c++17"
    (wheel,) = (cuda_machine.home / ".cache/tinydet/wheels").glob("*.lock")
    assert "-cuda13.0-sm75_80_90_120_ptx-" in wheel.name


def test_a_visible_gpu_says_what_to_build_for(machine):
    machine.torch(gpus=[(9, 0), (8, 0), (9, 0)])
    machine.nvcc("13.0")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "for 8.0;9.0+PTX (the visible GPUs)" in done.stdout


def test_no_nvcc(cuda_machine):
    done = cuda_machine.run()
    assert done.returncode == 1
    assert "error: torch is built for CUDA 13.0, and there is no nvcc." in done.stderr
    assert "pip install 'nvidia-cuda-nvcc==13.0.*' 'nvidia-cuda-crt==13.0.*'" in done.stderr
    assert "TINYDET_CPU_OPS=1 builds" in done.stderr
    assert cuda_machine.builds() == []


def test_cpu_operators_go_on_without_nvcc_and_are_not_called_cuda(machine):
    machine.torch(gpus=[(9, 0)])
    done = machine.run(TINYDET_CPU_OPS="1")
    assert done.returncode == 0, done.stderr
    assert "for the CPU alone, as TINYDET_CPU_OPS=1 says" in done.stdout
    (build,) = machine.builds()
    assert (build["FORCE_CUDA"], build["CUDA_VISIBLE_DEVICES"]) == ("0", "")
    (wheel,) = (machine.home / ".cache/tinydet/wheels").glob("*.lock")
    assert "-torch2.13.0+cu130-cpu-" in wheel.name


def test_cpu_operators_beside_a_cuda_torch_are_mended(machine):
    """Their set-up is not taken for done, nor their wheel for one of CUDA."""
    machine.torch(gpus=[(9, 0)])
    assert machine.run(TINYDET_CPU_OPS="1").returncode == 0
    machine.nvcc("13.0")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert [build["FORCE_CUDA"] for build in machine.builds()] == ["0", "1"]


def test_a_stamp_does_not_outlive_the_torch_it_was_made_with(machine):
    assert machine.run().returncode == 0
    machine.torch()  # somebody installs one for CUDA
    machine.nvcc("13.0")
    done = machine.run()
    assert "keeping torch 2.13.0+cu130" in done.stdout
    assert [build["FORCE_CUDA"] for build in machine.builds()] == ["0", "1"]


def test_operators_built_for_another_gpu_are_built_again(machine):
    machine.torch(gpus=[(8, 0)])
    machine.nvcc("13.0")
    assert machine.run().returncode == 0
    machine.torch(gpus=[(9, 0)])
    done = machine.run(TORCH_CUDA_ARCH_LIST="9.0")
    assert done.returncode == 0, done.stderr
    assert [build["TORCH_CUDA_ARCH_LIST"] for build in machine.builds()] == ["8.0+PTX", "9.0"]


def test_an_nvcc_of_another_major_version(cuda_machine):
    cuda_machine.nvcc("12.4")
    done = cuda_machine.run()
    assert done.returncode == 1
    assert "bin/nvcc is of CUDA 12.4, and torch is built for CUDA 13.0: the major" in done.stderr
    assert cuda_machine.builds() == []


def test_the_compiler_that_pip_installs(cuda_machine):
    """Beside an nvcc of another version on the PATH."""
    cuda_machine.nvcc("12.4")
    pip = cuda_machine.site / "nvidia/cu13"
    cuda_machine.nvcc("13.0", name=pip / "bin/nvcc")
    for name in ("include/cuda_runtime.h", "lib/libcudart.so.13"):
        (pip / name).parent.mkdir()
        (pip / name).touch()
    done = cuda_machine.run()
    assert done.returncode == 0, done.stderr
    (build,) = cuda_machine.builds()
    assert build["CUDA_HOME"] == str(pip)
    assert build["CPATH"] == str(pip / "include")
    assert build["LIBRARY_PATH"]


def test_torch_2_14_gets_cxx20(cuda_machine):
    cuda_machine.torch("2.14.1+cu130")
    cuda_machine.nvcc("13.0")
    assert cuda_machine.run().returncode == 0
    assert cuda_machine.builds()[0]["std"] == "c++20"


def test_a_driver_that_is_too_old_is_told(machine):
    facts = torch_facts(driver=OLD_DRIVER)
    machine.registry(facts, torchvision=["0.28.0"])
    machine.program("nvidia-smi", "#!/bin/sh\necho 535.54.03\n")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert (
        "note: driver 535.54.03 (CUDA 12.2) is too old for CUDA 13.0, which this torch "
        "2.13.0+cu130 is built for: install a torch built for CUDA 12, or update the driver"
    ) in done.stdout


def test_without_the_packages_of_weights_it_goes_on(machine):
    (machine.home / "no-pretrained").touch()
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "the packages with ImageNet weights cannot be had" in done.stdout
