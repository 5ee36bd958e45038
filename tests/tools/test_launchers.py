"""dist_*.sh, torchrun.sh, srun.sh and python.sh, with stand-ins for python and srun."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

# Says what it was asked, and refuses as `python -m tinydet.devices` does where there is no GPU.
PYTHON = """#!/usr/bin/env bash
echo "python [$CUDA_VISIBLE_DEVICES] $*"
[ "$2" != tinydet.devices ] || [ -z "$NO_GPU" ] || { echo "error: no GPU" >&2; exit 1; }
"""


@pytest.fixture
def launch(tmp_path):
    """Return ``launch(script, arguments, **environment)``, which runs it with the stand-ins."""
    (tmp_path / "python").write_text(PYTHON)
    srun = '#!/usr/bin/env bash\necho "srun $*"\nwhile [ "${1:0:2}" = -- ]; do shift; done\n"$@"\n'
    (tmp_path / "srun").write_text(srun)
    for name in ("python", "srun"):
        (tmp_path / name).chmod(0o755)

    def run(script, arguments, **environment):
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("TINYDET", "SLURM"))}
        ours |= dict(PATH=f"{tmp_path}:{os.environ['PATH']}", CUDA_VISIBLE_DEVICES="0,1")
        return subprocess.run(
            [TOOLS / script, *arguments.split()],
            env=ours | dict(TINYDET_PYTHON=str(tmp_path / "python")) | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("script", "words", "tool"),
    [
        ("dist_train.sh", "c.py 8 --amp", "train.py c.py"),
        ("dist_test.sh", "c.py e.pth 8 --amp", "test.py c.py e.pth"),
    ],
)
def test_torchrun_is_asked_for_as_many_processes_as_were_checked(launch, script, words, tool):
    done = launch(script, words, NNODES="2", NODE_RANK="1", MASTER_ADDR="10.0.0.1", PORT="7")
    checked, started = done.stdout.splitlines()
    assert checked == "python [0,1] -m tinydet.devices 8"
    assert started == (
        "python [0,1] -m torch.distributed.run --nnodes=2 --node_rank=1 --nproc_per_node=8 "
        f"--master_addr=10.0.0.1 --master_port=7 {TOOLS}/{tool} --amp --launcher pytorch"
    )


def test_nothing_is_started_without_a_gpu(launch):
    done = launch("dist_train.sh", "c.py 8", NO_GPU="1")
    assert done.returncode == 1
    assert done.stderr == "error: no GPU\n"
    assert "torch.distributed.run" not in done.stdout


def test_the_cpu_means_that_gpus_are_hidden(launch):
    done = launch("dist_train.sh", "c.py 2", TINYDET_DEVICE="cpu")
    assert [line.split(" ")[1] for line in done.stdout.splitlines()] == ["[]", "[]"]
    done = launch("slurm_train.sh", "gpu job c.py", TINYDET_DEVICE="cpu", GPUS="4")
    srun, python = done.stdout.splitlines()
    assert "--gres" not in srun
    assert "--ntasks=4" in srun
    assert python.startswith("python [] -u")


def test_slurm_gets_the_users_options_last(launch):
    done = launch(
        "slurm_train.sh", "gpu job c.py", GPUS="16", SRUN_ARGS="--account=a --gres=gpu:a100:8"
    )
    srun, python = done.stdout.splitlines()
    options = shlex.split(srun)
    assert options.index("--gres=gpu:8") < options.index("--gres=gpu:a100:8")
    assert "--ntasks=16 --ntasks-per-node=8" in srun
    assert python == f"python [0,1] -u {TOOLS}/train.py c.py --launcher slurm"


@pytest.mark.parametrize(
    "script", ["dist_train.sh", "dist_test.sh", "slurm_train.sh", "slurm_test.sh"]
)
def test_without_arguments_they_say_how_they_are_called(launch, script):
    done = launch(script, "")
    assert done.returncode == 2
    assert f"tools/{script} " in done.stderr


def test_the_slurm_example_asks_for_what_it_was_given(launch, tmp_path):
    """As sbatch runs it: a copy elsewhere, the checkout in SLURM_SUBMIT_DIR."""
    example = (TOOLS / "slurm_example.sh").read_text()
    given = dict(NNODES="2", NTASKS_PER_NODE="8", CPUS_PER_TASK="5", JOB_ID="123456")
    given |= dict(JOB_PARTITION="gpu", JOB_NAME="lrnet", SUBMIT_DIR=str(TOOLS.parent))
    for option in ("--nodes=2", "--ntasks-per-node=8", "--cpus-per-task=5"):
        assert f"#SBATCH {option}\n" in example
    copy = tmp_path / "slurm_script"
    copy.write_text(example)
    copy.chmod(0o755)
    done = launch(copy, "", **{f"SLURM_{name}": value for name, value in given.items()})
    srun, python = done.stdout.splitlines()
    assert "--partition=gpu --job-name=lrnet --gres=gpu:8 --ntasks=16 --ntasks-per-node=8" in srun
    config = python.split("train.py ")[1].split(" ")[0]
    assert (TOOLS.parent / config).is_file()
    assert "--resume" not in python  # tools/train.py refuses the option without a checkpoint


@pytest.mark.slow
def test_a_torch_for_cuda_without_a_gpu_stops_before_torchrun(tmp_path):
    """With the real check, over a torch that says it was built for CUDA."""
    (tmp_path / "sitecustomize.py").write_text("import torch; torch.version.cuda = '13.0'\n")
    path = os.pathsep.join([str(tmp_path), str(TOOLS.parent / "projects")])
    ours = dict(os.environ, PYTHONPATH=path, TINYDET_PYTHON=sys.executable, CUDA_VISIBLE_DEVICES="")
    done = subprocess.run(
        [TOOLS / "dist_train.sh", "no_config.py", "8"],
        env=ours,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is built for CUDA 13.0 and" in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].endswith("TINYDET_DEVICE=cpu runs on the CPU, over gloo")
