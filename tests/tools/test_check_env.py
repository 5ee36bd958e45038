"""The report of an environment, whole and broken."""

import json
import sys

import pytest


@pytest.fixture
def check_env(tool):
    return tool("check_env")


def test_this_environment_is_ready(check_env, capsys):
    assert check_env.main(["--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows["verdict"].startswith("ready")
    for operator in ("nms", "RoIAlign", "deformable convolution"):
        assert rows[f"{operator} on cpu"] == "works"


def test_a_broken_package_is_a_row_and_no_traceback(check_env, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mmdet", None)  # import raises ImportError
    assert check_env.main([]) == 1
    printed = capsys.readouterr().out
    assert "MISSING: ModuleNotFoundError" in printed
    assert printed.splitlines()[-1].startswith("NOT ready: mmdet")


def test_a_wrong_operator_fails(check_env, monkeypatch, capsys):
    from mmcv import ops

    monkeypatch.setattr(ops, "nms", lambda boxes, scores, iou: (boxes, scores.argsort()))
    assert check_env.main([]) == 1
    assert "nms on cpu" in capsys.readouterr().out.splitlines()[-1]


def test_mmyolo_is_optional(check_env, monkeypatch):
    rows = dict.fromkeys(check_env.PACKAGES, "1.0") | {"mmyolo": "MISSING: x"}
    assert check_env.verdict(rows) == (
        True,
        "ready for the mmdet hosts; the YOLO configs need mmyolo",
    )
