#!/usr/bin/env bash
# LR-Net on AI-TOD on two nodes with eight GPUs each, as a batch job: copy it, change the lines below
# #SBATCH to what your cluster calls its partitions, and hand it to Slurm:
#
#   sbatch tools/slurm_example.sh
#
# Once before that, on the login node, where there is a network (compute nodes often have none):
#
#   python3.11 -m venv .venv && .venv/bin/python -m pip install torch==2.13.0   # for your driver
#   make setup                                        # torchvision's operators; no GPU is needed
#   .venv/bin/python tools/weights.py configs/lrnet/lrnet_n_1500e_aitod.py --fetch    # pretrained weights
#
# and once on a compute node, to see that its driver fits this torch and the operators run there:
#
#   srun --partition=gpu --gres=gpu:1 .venv/bin/python tools/check_env.py
#
#SBATCH --job-name=lrnet
#SBATCH --partition=gpu
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --gres=gpu:8
#SBATCH --cpus-per-task=5
#SBATCH --time=24:00:00
#SBATCH --output=work_dirs/%x-%j.log
set -euo pipefail

# sbatch runs a copy of this file; the folder is the one that it was called in, the checkout.
cd "${SLURM_SUBMIT_DIR:?run this by sbatch, in the checkout}"

config=configs/lrnet/lrnet_n_1500e_aitod.py
export AITOD_ROOT=${AITOD_ROOT:-$PWD/data/AI-TOD}

# A port of its own, so that two jobs on a node do not collide.
export MASTER_PORT=$((20000 + SLURM_JOB_ID % 20000))

# After an interruption, submit the same file again: the training resumes from its last checkpoint.
resume=()
if [ -f "work_dirs/$(basename "$config" .py)/last_checkpoint" ]; then resume=(--resume); fi

# As a step of this job, srun uses its nodes, GPUs and time, and starts one process per GPU.
export GPUS_PER_NODE=$SLURM_NTASKS_PER_NODE GPUS=$((SLURM_NNODES * SLURM_NTASKS_PER_NODE))
CPUS_PER_TASK=$SLURM_CPUS_PER_TASK tools/slurm_train.sh \
    "$SLURM_JOB_PARTITION" "$SLURM_JOB_NAME" "$config" ${resume[@]+"${resume[@]}"} --auto-scale-lr
