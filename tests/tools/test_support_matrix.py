"""The tool prints the table, what a config writes, and tries pairs."""

import pytest

pytest.importorskip("mmyolo")

from tinydet.testing.hosts import HOSTS
from tinydet.testing.matrix import COMPONENTS, markdown


@pytest.fixture
def matrix(tool):
    return tool("analysis/support_matrix")


def test_the_table(matrix, capsys):
    assert matrix.main([]) == 0
    assert capsys.readouterr().out == markdown() + "\n"


def test_show_prints_what_a_config_writes_or_why_not(matrix, capsys):
    assert matrix.main(["--show", "NWD-RKA"]) == 0
    printed = capsys.readouterr().out
    assert "# NWD-RKA in RetinaNet\nmodel = dict(\n    train_cfg=dict(\n" in printed
    assert "_delete_=True" in printed
    assert "# NWD-RKA in YOLOv5\n# YOLOv5 has no label assigner" in printed
    assert matrix.main(["--show", "NWD-RAK"]) == 1
    assert "component 'NWD-RAK' is none of SARL, " in capsys.readouterr().err


def test_run_tries_each_pair(matrix, capsys):
    assert matrix.main(["--run", "--only", "NWD-RKA"]) == 0
    line, counts = capsys.readouterr().out.splitlines()[-2:]
    assert line == (
        "NWD-RKA: Faster R-CNN ran, Cascade R-CNN ran, RetinaNet ran, FCOS ran, "
        "YOLOv5 left out, YOLOX left out, YOLOv8 left out"
    )
    assert counts.startswith("4 ran, 0 failed, 3 left out, 0 skipped in ")


def test_run_leaves_out_what_needs_another_package(matrix, capsys, monkeypatch):
    monkeypatch.setattr("tinydet.testing.component.find_spec", lambda name: None)
    assert matrix.main(["--run", "--only", "timm backbone"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 ran, 0 failed, 7 left out")
    assert matrix.main(["--show", "timm backbone"]) == 0
    assert "# timm backbone needs timm: pip install -e .[timm]" in capsys.readouterr().out


def test_a_broken_pair_is_told_and_fails(matrix, capsys, monkeypatch):
    def put(host, _):
        return dict(backbone=dict(depth=19)) if host.name == "FCOS" else {}

    only = {"FCOS": HOSTS["FCOS"], "RetinaNet": HOSTS["RetinaNet"]}
    monkeypatch.setattr(matrix, "HOSTS", only)
    monkeypatch.setitem(COMPONENTS, "broken", matrix.Component("broken", "broken", put))
    assert matrix.main(["--run", "--only", "broken"]) == 1
    printed = capsys.readouterr()
    assert "broken in FCOS: KeyError" in printed.err
    assert "broken: FCOS failed, RetinaNet ran" in printed.out


def test_the_readme_s_table_is_written_and_checked(matrix, tmp_path, monkeypatch, capsys):
    assert matrix.main(["--check"]) == 0, capsys.readouterr().out
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- support -->\nold\n<!-- /support -->\n")
    assert matrix.main(["--check"]) == 1
    assert matrix.main(["--update-readme"]) == 0
    assert readme.read_text() == (
        f"# Title\n<!-- support -->\n\n{markdown()}\n\n<!-- /support -->\n"
    )
