"""The command on VisDrone's folders: the official numbers, and one sentence for each mistake."""

import json

import pytest
from official_cases import VISDRONE
from PIL import Image

CASES = list(VISDRONE.values())


def unpack(case, folder):
    """Write a case as folders ``gt`` and ``dt`` and ``sizes.json``; return the image names."""
    names = [f"{number:07}_d" for number in range(len(case["gt"]))]
    for part in ("gt", "dt"):
        (folder / part).mkdir()
        for name, text in zip(names, case[part], strict=True):
            (folder / part / f"{name}.txt").write_text(text)
    sizes = dict(zip(names, case["sizes_hw"], strict=True))
    (folder / "sizes.json").write_text(json.dumps(sizes))
    return names


@pytest.fixture
def folder(tmp_path):
    unpack(CASES[2], tmp_path)
    return tmp_path


def run(tool, folder, *extra, protocol="visdrone", sizes=True):
    arguments = ["--protocol", protocol, "--ann", str(folder / "gt"), "--pred", str(folder / "dt")]
    if sizes and protocol == "visdrone":
        arguments += ["--image-sizes", str(folder / "sizes.json")]
    return tool("evaluate").main([*arguments, *map(str, extra)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_official_numbers_by_the_command(tool, case, tmp_path, capsys):
    unpack(case, tmp_path)
    assert run(tool, tmp_path, "--json", tmp_path / "out.json") == 0
    numbers = json.loads((tmp_path / "out.json").read_text())
    assert list(numbers) == list(case["expected"])
    assert numbers == pytest.approx(case["expected"], abs=1e-9, rel=0)
    printed = capsys.readouterr().out
    assert "toolkit 1.0.4), maxDets (1, 10, 100, 500)" in printed
    assert f"{case['expected']['AP']:.2f}" in printed


def test_sizes_come_from_the_images_too(tool, folder, capsys):
    (folder / "images").mkdir()
    for name, (height, width) in json.loads((folder / "sizes.json").read_text()).items():
        Image.new("L", (width, height)).save(folder / "images" / f"{name}.jpg")
    Image.new("L", (4, 4)).save(folder / "images" / "another.jpg")
    arguments = ("--images", folder / "images", "--json", folder / "out.json")
    assert run(tool, folder, *arguments, sizes=False) == 0
    numbers = json.loads((folder / "out.json").read_text())
    assert numbers == pytest.approx(CASES[2]["expected"], abs=1e-9, rel=0)
    assert "1 images of" in capsys.readouterr().out
    next((folder / "images").glob("0*.jpg")).unlink()
    assert run(tool, folder, "--images", folder / "images", sizes=False) == 1
    assert "sizes of 1 images are unknown" in capsys.readouterr().err


def test_an_image_without_predictions_counts_as_empty(tool, folder, capsys):
    path = next((folder / "dt").iterdir())
    path.write_text("")
    assert run(tool, folder, "--json", folder / "empty.json") == 0
    path.unlink()
    assert run(tool, folder, "--json", folder / "gone.json") == 0
    assert (folder / "gone.json").read_text() == (folder / "empty.json").read_text()


def test_coco_with_its_choices(tool, folder, capsys):
    choices = ("--ignore-rule", "crowd", "--max-dets", "500")
    out = folder / "out.json"
    assert run(tool, folder, *choices, "--json", out, protocol="visdrone-coco") == 0
    assert "ignore rule 'crowd'" in capsys.readouterr().out
    assert json.loads(out.read_text())["AR_500"] > 0
    assert run(tool, folder, protocol="visdrone-coco") == 1
    assert "ignore_rule is None" in capsys.readouterr().err
    assert run(tool, folder, "--max-dets", 1, 100, protocol="visdrone-coco") == 1
    assert "takes one limit" in capsys.readouterr().err


def prediction(line):
    def spoil(folder):
        path = folder / "dt" / "0000001_d.txt"
        path.write_text(path.read_text() + line + "\n")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (prediction("1,2,3"), r"0000001_d.txt, line 98 has 3 fields"),
        (prediction("1,2,3,nan,0.5,4,-1,-1"), "0000001_d.txt, line 98 holds NaN"),
        (lambda f: (f / "dt" / "x.txt").write_text(""), "1 prediction files belong to no image"),
        (lambda f: (f / "sizes.json").write_text("{}"), "the sizes of 4 images are unknown"),
        (lambda f: (f / "sizes.json").unlink(), "sizes.json does not exist"),
        (lambda f: (f / "dt").rename(f / "moved"), "dt does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_1(tool, folder, capsys, spoil, sentence):
    spoil(folder)
    assert run(tool, folder) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert sentence in error
    assert "Traceback" not in error


def test_options_of_another_protocol_are_refused(tool, folder, capsys):
    assert run(tool, folder, "--max-dets", 100) == 1
    assert "--max-dets has no effect with --protocol visdrone" in capsys.readouterr().err
    assert run(tool, folder, sizes=False) == 1
    assert "give one of --images FOLDER and --image-sizes" in capsys.readouterr().err


def test_files_and_folders_taken_for_each_other(tool, folder, capsys):
    file, evaluate = folder / "sizes.json", tool("evaluate").main
    truth = ["--ann", str(folder / "gt"), "--pred", str(folder / "dt")]
    assert (
        evaluate(
            [
                "--protocol",
                "visdrone-coco",
                "--ann",
                str(file),
                *truth[2:],
                "--ignore-rule",
                "drop",
                "--max-dets",
                "500",
            ]
        )
        == 1
    )
    assert "sizes.json is a file; name the folder" in capsys.readouterr().err
    assert evaluate(["--protocol", "aitod", *truth]) == 1
    assert "gt is a folder; name the JSON file" in capsys.readouterr().err


def test_options_in_the_documentation_belong_to_their_protocol(tool, request):
    evaluate = tool("evaluate")
    text = (request.config.rootpath / "docs/tools.md").read_text()
    lines = [line for line in text.splitlines() if "tools/evaluate.py --protocol" in line]
    assert len(lines) == 3
    for line in lines:
        evaluate.refuse_foreign_options(evaluate.parse_args(line.split()[2:]))
