"""A bare machine for the tests of the set-up: stand-ins for python, pip, nvcc and the registry.

The set-up's own Python files run for real, over the stand-in packages of ``standins/``.
"""

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from config_tree import ROOT

STANDINS = Path(__file__).parent / "standins"

# Answers itself what a real interpreter would answer about this machine, and runs the rest.
PYTHON = rf"""#!/usr/bin/env bash
case "$*" in
*"%d.%d"*) cat "$HOME/version" ;;
*"(3, 10) <= sys.version_info"*) grep -qE '^3\.1[012]$' "$HOME/version" ;;
"--version") echo "Python $(cat "$HOME/version")" ;;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"print(sys.prefix)"*) echo "$PWD/.venv" ;;
*"Python.h"*) ;;
"-m pip"*) shift 2; ROOT="{ROOT}" exec "{sys.executable}" -S "{STANDINS}/pip.py" "$@" ;;
*) PYTHONPATH="$HOME/site" PYTHONDONTWRITEBYTECODE=1 exec "{sys.executable}" -S "$@" ;;
esac
"""
NVCC = """#!/bin/sh
case "$1" in
--version) echo "Cuda compilation tools, release {release}, V{release}.88" ;;
--list-gpu-arch) printf '{archs}' ;;
esac
"""
FOLDED = "Please update your GPU driver by downloading and installing a new version"
OLD_DRIVER = f"The NVIDIA driver on your system is too old (found version 12020). {FOLDED} from ..."
PROGRAMS = (
    "bash cat grep awk sed mkdir cp rm mv ls tail head tr cut cksum date dirname touch mktemp "
    "flock env wc tar gzip"
)


def torch_facts(version="2.13.0+cu130", cuda="13.0", **more):
    """Return what ``standins/torch.py`` is: a torch for CUDA on a machine without a GPU."""
    built = "sm_75 sm_80 sm_90 sm_120 compute_120"
    return dict(version=version, cuda=cuda, built=built if cuda else "") | more


class Machine:
    """A home, a PATH of stand-ins and a clone of the scripts."""

    def __init__(self, folder):
        self.home, self.bin, self.clone = (folder / name for name in ("home", "bin", "clone"))
        self.site = self.home / "site"
        for path in (self.site, self.bin, self.clone / "projects/tinydet"):
            path.mkdir(parents=True)
        lists = [path.name for path in ROOT.glob("requirements*.txt")]
        for name in ("tools/setup.sh", "pyproject.toml", *lists):
            (self.clone / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.clone / name)
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "tools/setup", self.clone / "tools/setup", ignore=ignore)
        shutil.copy(ROOT / "projects/tinydet/supported.py", self.clone / "projects/tinydet")
        # The machine that runs the tests may have a toolkit of its own.
        nvcc = self.clone / "tools/setup/nvcc.py"
        nvcc.write_text(nvcc.read_text().replace("/usr/local/cuda", str(self.home / "cuda")))
        self.program("python3", PYTHON)
        self.program("sleep", "#!/bin/sh\nexec /bin/sleep 0.05\n")
        self.program("c++", "#!/bin/sh\n")
        self.program("nproc", "#!/bin/sh\necho 2\n")
        self.program("df", "#!/bin/sh\necho Filesystem\necho disk 1 1 99999999 1 /\n")
        self.version("3.11")
        self.registry()

    def program(self, name, text):
        path = self.bin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def nvcc(self, release, archs=(75, 80, 90, 120), name="nvcc"):
        text = "".join(f"compute_{arch}\\n" for arch in archs)
        self.program(name, NVCC.format(release=release, archs=text))

    def version(self, number):
        (self.home / "version").write_text(number + "\n")

    def registry(self, facts=None, **packages):
        """What pip finds; by default as on a machine whose torch is for the CPU alone."""
        facts = facts or torch_facts("2.13.0+cpu", None)
        have = {"torch": ["2.13.0"], "torchvision": [], "mmcv-lite": ["2.1.0"], "facts": facts}
        (self.home / "registry.json").write_text(json.dumps(have | packages))

    def torch(self, *arguments, **facts):
        """Install a torch in the environment."""
        facts = torch_facts(*arguments, **facts)
        (self.home / "torch.json").write_text(json.dumps(facts))
        (self.site / "torch").mkdir(exist_ok=True)
        shutil.copy(STANDINS / "torch.py", self.site / "torch/__init__.py")
        self.distribution("torch", facts["version"])

    def distribution(self, name, version):
        info = self.site / f"{name}-{version}.dist-info"
        for old in self.site.glob(f"{name}-*.dist-info"):
            shutil.rmtree(old)
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text(f"{name}.py,1\n")

    def installed(self):
        names = (path.name.split("-")[0] for path in self.site.glob("*.dist-info"))
        return {name for name in names if name in ("torchvision", "mmcv", "mmcv_lite")}

    def run(self, **environment):
        for name in PROGRAMS.split():
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
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
