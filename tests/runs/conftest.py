"""A folder of tools that only pretend to train."""

import pytest

TRAIN = """
import json, pathlib, sys, time, zipfile
words = sys.argv
config, work = pathlib.Path(words[1]), pathlib.Path(words[words.index("--work-dir") + 1])
work.mkdir(parents=True, exist_ok=True)
with (work / "calls.txt").open("a") as calls:
    calls.write(" ".join(word for word in words[2:]) + "\\n")
if "bad" in config.stem:
    print("error: the data are not there")
    sys.exit(3)
last = work / "last_checkpoint"
done = int(pathlib.Path(last.read_text()).stem.split("_")[1]) if "--resume" in words else 0
log = work / f"20260101_00000{done}"
log.mkdir(exist_ok=True)
log = log / f"{log.name}.log"
begin = "2026/01/01 00:00:00 - mmengine - INFO - "
log.write_text(f"{begin}\\n    PyTorch: 2.13.0\\n    GPU 0: stub\\n")
for epoch in range(done + 1, 4):
    time.sleep(PAUSE)
    path = work / f"epoch_{epoch}.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights", "x" * 1000)
    last.write_text(str(path))
with log.open("a") as text:
    text.write("2026/01/01 00:30:00 - mmengine - INFO - done\\n")
"""
TEST = """
import json, pathlib, sys
checkpoint, work = (pathlib.Path(sys.argv[i]) for i in (2, sys.argv.index("--work-dir") + 1))
seed = int(checkpoint.parent.name.removeprefix("seed_"))
log = work / "20260101_010000"
log.mkdir(parents=True, exist_ok=True)
with (checkpoint.parent / "tests.txt").open("a") as calls:
    calls.write(checkpoint.name + "\\n")
numbers = {"coco/bbox_mAP": 0.20 + 0.02 * seed, "coco/bbox_mAP_50": 0.5, "coco/ship_precision": 0.1}
(log / f"{log.name}.json").write_text(json.dumps(numbers))
"""
WEIGH = """
import json, pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("--json") + 1])
out.write_text(json.dumps(dict(size=[800, 800], parameters=2500000, flops=8e9)))
"""


@pytest.fixture
def tools(tmp_path):
    """Tools that note how they were called and write what the real ones would; in no time."""
    folder = tmp_path / "tools"
    (folder / "analysis").mkdir(parents=True)
    (folder / "train.py").write_text(TRAIN.replace("PAUSE", "0"))
    (folder / "test.py").write_text(TEST)
    (folder / "analysis/complexity.py").write_text(WEIGH)
    return folder


@pytest.fixture
def slow_tools(tools):
    """The same, with a third of a second an epoch: time enough to be killed in."""
    (tools / "train.py").write_text(TRAIN.replace("PAUSE", "0.3"))
    return tools
