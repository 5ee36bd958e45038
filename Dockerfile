# tinydet with torch for NVIDIA GPUs and torchvision's operators: nothing is compiled, so the image
# needs neither a compiler nor CUDA. The driver comes from the host, by its NVIDIA Container Toolkit.
#
#   docker build -t tinydet .
#   docker run --rm --gpus all tinydet python tools/check_env.py
#   docker run --rm --gpus all --shm-size 16g -v /data:/data -v "$PWD/work_dirs:/tinydet/work_dirs" \
#       -e AITOD_ROOT=/data/AI-TOD tinydet tools/dist_train.sh configs/lrnet/lrnet_n_1500e_aitod.py 8
#
# For a driver that is too old for CUDA 13 (older than 580), another torch:
#   docker build -t tinydet --build-arg TORCH="torch==2.7.1" .      # CUDA 12.6
FROM python:3.11-slim

# git: check_env and the results name the commit. libgl1, libglib2.0-0: OpenCV.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git libgl1 libglib2.0-0 make \
    && rm -rf /var/lib/apt/lists/*

ARG TORCH="torch==2.13.0"
ENV TINYDET_ENV=active \
    TINYDET_OPS=torchvision \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m pip install "$TORCH" "setuptools<81"

WORKDIR /tinydet
COPY . .
# The build sees no GPU and needs none: TINYDET_OPS=torchvision stops here, with the reason, where
# the operators would not work, rather than look for a compiler.
RUN git config --system --add safe.directory /tinydet && tools/setup.sh

CMD ["python", "tools/check_env.py"]
