import json

import pytest
from official_cases import AITOD


@pytest.fixture
def case(tmp_path):
    chosen = AITOD["random_mmdet_maxdets"]
    (tmp_path / "gt.json").write_text(json.dumps(chosen["gt"]))
    (tmp_path / "dt.json").write_text(json.dumps(chosen["dt"]))
    return chosen


def run(tool, folder, *extra, ann="gt.json", pred="dt.json"):
    arguments = ["--protocol", "aitod", "--ann", str(folder / ann), "--pred", str(folder / pred)]
    return tool("evaluate").main([*arguments, *extra])


def test_prints_the_table_and_writes_the_official_numbers(tool, case, tmp_path, capsys):
    out = tmp_path / "out.json"
    assert run(tool, tmp_path, "--max-dets", "100", "300", "1500", "--json", str(out)) == 0
    assert json.loads(out.read_text()) == pytest.approx(case["expected"], abs=1e-12)
    printed = capsys.readouterr().out
    assert "maxDets (100, 300, 1500)" in printed
    assert f"{100 * case['expected']['AP_50']:.1f}" in printed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "bad.json does not exist"),
        ("[1,", "is not JSON"),
        ("[]", "holds a list"),
        ('{"images": []}', "has no list 'annotations', 'categories'"),
    ],
)
def test_bad_ground_truth(tool, case, tmp_path, capsys, content, sentence):
    if content is not None:
        (tmp_path / "bad.json").write_text(content)
    assert run(tool, tmp_path, ann="bad.json") == 1
    assert sentence in capsys.readouterr().err
