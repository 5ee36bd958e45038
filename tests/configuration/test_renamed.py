"""Former names of config files: on the command line, as a base, in the table itself."""

import csv
from pathlib import Path

import pytest

from tinydet.configuration import load_config
from tinydet.errors import InputError

CONFIGS = Path(__file__).parents[2] / "configs"
with (CONFIGS / "renamed.csv").open(newline="") as _file:
    NAMES = {row["former"]: row["present"] for row in csv.DictReader(_file)}


def test_the_table_leads_from_files_that_are_gone_to_files_that_are_there():
    assert NAMES
    assert [old for old in NAMES if (CONFIGS / old).exists()] == []
    assert [new for new in NAMES.values() if not (CONFIGS / new).is_file()] == []
    assert len(set(NAMES.values())) == len(NAMES)


def test_a_former_name_loads_with_a_warning(logged):
    config = load_config(CONFIGS / "lrnet/lrnet_n_synthetic.py")
    assert config.filename.endswith(NAMES["lrnet/lrnet_n_synthetic.py"])
    assert any("is now lrnet/lrnet_n_" in line for line in logged)


def test_a_base_may_have_its_former_name(tmp_path, logged):
    former = "yolov8/yolov8_n_synthetic.py"
    mine = tmp_path / "mine.py"
    mine.write_text(f"_base_ = {str(CONFIGS / former)!r}\nrandomness = dict(seed=1)")
    assert load_config(mine).model == load_config(CONFIGS / NAMES[former]).model
    assert sum(f"{former} is now" in line for line in logged) == 1, "once, however often looked up"


def test_a_name_that_never_was_is_refused():
    with pytest.raises(InputError, match="does not exist"):
        load_config(CONFIGS / "lrnet/lrnet_z_synthetic.py")
