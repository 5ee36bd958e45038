"""The set-up script with stand-ins for python, the compiler and the registry."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A python that answers the script's questions from files beside it: what it is and what it has.
PYTHON = r"""#!/usr/bin/env bash
here=$(dirname "$0")
echo "$*" >>"$HOME/calls"
case "$*" in
*"%d.%d"*) cat "$HOME/version" ;;
*"(3, 10) <= sys.version_info"*) grep -qE '^3\.1[012]$' "$HOME/version" ;;
"--version") echo "Python $(cat "$HOME/version")" ;;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"print(sys.prefix)"*) echo "$PWD/.venv" ;;
*"import torch; v ="*) [ -e "$HOME/torch" ] ;;
*"import mmcv, mmcv.ops"*) [ -e "$HOME/mmcv" ] ;;
*"import platform, sys, torch"*) echo "mmcv2.1.0-torch$(cat "$HOME/torch")" ;;
*"print(torch.__version__)"*) cat "$HOME/torch" ;;
*"torch.version.cuda is None"*) exit 1 ;;
*"pip wheel"* | *" wheel -v"*)
    [ -e "$HOME/no-network" ] && { echo "Max retries exceeded"; exit 1; }
    while [ "$1" != -w ]; do shift; done
    touch "$2/mmcv-2.1.0.whl"; echo built >>"$HOME/builds" ;;
*"pip"*install*torch==*)
    [ -e "$HOME/no-network" ] && { echo "Max retries exceeded"; exit 1; }
    echo 2.13.0 >"$HOME/torch" ;;
*"pip"*install*mmcv-*) touch "$HOME/mmcv" ;;
esac
"""


class Machine:
    """A bare machine: a home, a PATH of stand-ins and a clone of the script."""

    def __init__(self, folder):
        self.home, self.bin, self.clone = (folder / name for name in ("home", "bin", "clone"))
        for path in (self.home, self.bin, self.clone / "tools"):
            path.mkdir(parents=True)
        for name in ("tools/setup.sh", "requirements.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.clone / name)
        self.program("python3", PYTHON)
        self.program("c++", "#!/bin/sh\n")
        self.program("df", "#!/bin/sh\necho Filesystem\necho disk 1 1 99999999 1 /\n")
        self.version("3.11")

    def program(self, name, text):
        path = self.bin / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def version(self, number):
        (self.home / "version").write_text(number + "\n")

    def run(self, **environment):
        tools = (
            "bash cat grep awk sed mkdir cp rm mv ls tail tr cut cksum date dirname touch mktemp"
        )
        for name in f"{tools} sleep flock nproc env".split():
            if (found := shutil.which(name)) and not (self.bin / name).exists():
                (self.bin / name).symlink_to(found)
        return subprocess.run(
            ["bash", str(self.clone / "tools/setup.sh")],
            capture_output=True,
            text=True,
            check=False,
            env=dict(PATH=str(self.bin), HOME=str(self.home), TMPDIR=str(self.home)) | environment,
        )

    def builds(self):
        path = self.home / "builds"
        return len(path.read_text().split()) if path.exists() else 0


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_script_parses_and_can_be_executed():
    subprocess.run(["bash", "-n", str(ROOT / "tools/setup.sh")], check=True)
    for name in ("tools/setup.sh", "tools/dist_train.sh", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), name


def test_a_bare_machine_builds_once_and_a_second_clone_not_at_all(machine):
    first = machine.run()
    assert first.returncode == 0, first.stderr
    assert "compiling mmcv 2.1.0" in first.stdout
    assert "minutes" in first.stdout
    assert machine.builds() == 1
    shutil.rmtree(machine.clone / ".venv")
    (machine.home / "mmcv").unlink()
    second = machine.run()
    assert second.returncode == 0, second.stderr
    assert machine.builds() == 1
    assert "installing mmcv 2.1.0 from" in second.stdout


def test_another_torch_or_other_flags_get_a_wheel_of_their_own(machine):
    assert machine.run().returncode == 0
    for change in ("torch", "flags"):
        (machine.home / "mmcv").unlink()
        (machine.clone / ".venv/.tinydet-ready").unlink(missing_ok=True)
        if change == "torch":
            (machine.home / "torch").write_text("2.4.1+cu121\n")
        assert machine.run(**({"CFLAGS": "-O3"} if change == "flags" else {})).returncode == 0
    assert machine.builds() == 3


def test_a_torch_that_is_there_is_kept(machine):
    (machine.home / "torch").write_text("2.4.1\n")
    done = machine.run()
    assert "keeping torch 2.4.1" in done.stdout
    assert "installing torch" not in done.stdout


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
    (machine.home / "torch").write_text("2.13.0\n")
    (machine.home / "no-network").touch()  # the build fails half way
    assert machine.run().returncode != 0
    cache = machine.home / ".cache/tinydet/wheels"
    assert [path for path in cache.iterdir() if path.is_dir()] == []
    (machine.home / "no-network").unlink()
    assert machine.run().returncode == 0
    assert machine.builds() == 1
