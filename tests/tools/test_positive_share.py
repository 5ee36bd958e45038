"""tools/analysis/positive_share.py prints a row a config."""

import re
from pathlib import Path

from tinydet.analysis import positive_share

CONFIGS = Path(__file__).parents[2] / "configs"


def test_a_row_a_config(tool, capsys, monkeypatch):
    script = tool("analysis/positive_share")
    few = positive_share.tiny_objects(images=1)
    monkeypatch.setattr(script, "tiny_objects", lambda: few)
    paths = [
        str(CONFIGS / f"{name}.py")
        for name in ("rfla/fcos_r50_rfla_1x_aitod", "yolox/yolox_s_300e_aitod")
    ]
    assert script.main(paths) == 0
    _, _, anchors, yolox = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\| `.*fcos_r50_rfla_1x_aitod.py` \| 100.0% \|", anchors)
    assert yolox.endswith("| not by priors |")


def test_a_pattern_without_a_config_is_named(tool, capsys):
    assert tool("analysis/positive_share").main(["nowhere/*.py"]) == 1
    assert "no config matches 'nowhere/*.py'" in capsys.readouterr().err
