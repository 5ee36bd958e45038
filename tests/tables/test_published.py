"""The tables of the papers: well formed, equal to their source, refused with a sentence if not."""

import csv
from pathlib import Path

import pytest
from config_tree import CONFIGS

from tinydet.configuration import load_config
from tinydet.errors import InputError
from tinydet.runs.protocols import main_evaluator
from tinydet.tables.compare import compare
from tinydet.tables.published import read_table, table_names
from tinydet.tables.results import ResultStore
from tinydet.tables.terms import published_protocol

NAMES = table_names(CONFIGS)
HEADING = "row,config,data,split,AP,source,note\n"


@pytest.fixture
def own(tmp_path):
    """Write a table of one's own and return its path."""

    def write(text):
        path = tmp_path / "tables" / "mine.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def test_every_published_table_is_there():
    assert set(NAMES) == {
        *(f"sarl_{number}" for number in range(1, 8)),
        *(f"lrnet_{number}" for number in range(3, 10)),
        *("rfla_1", "rfla_2", "dntr_1", "dntr_2", "cfinet_1", "review_1", "sarl_5_synthetic"),
        *(
            "pretrained_hituav",
            "pyramids_hituav",
            "recipe",
            "recipe_additions",
            "evidence",
            "evidence_screening",
            "lrnet_comparators",
        ),
        *("d3q_1", "d3q_2", "d3q_synthetic", "dome_1", "cfpt_1", "srtod_1", "remdet_1"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_config_exists_and_every_gap_has_a_reason(name):
    table = read_table(name, CONFIGS)
    missing = [
        row.config for row in table.rows if row.config and not (CONFIGS / row.config).is_file()
    ]
    assert missing == []
    assert all(row.note.startswith("no config: ") for row in table.rows if not row.config)
    assert all(row.source for row in table.rows)


SUFFIXES = {
    "AI-TOD": "aitod",
    "AI-TOD-v2": "aitodv2",
    "VisDrone2019": "visdrone",
    "DOTA-v2.0": "dotav2",
    "SODA-D": "sodad",
    "SODA-A": "sodaa",
    "COCO 2017": "coco",
    "Pascal VOC 07+12": "voc",
    "synthetic": "synthetic",
    "HIT-UAV": "hituav",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_row_s_config_is_of_its_data_set(name):
    for row in read_table(name, CONFIGS).rows:
        if row.config and not row.config.startswith("recipes/"):  # whose names are short
            assert SUFFIXES[row.data] in Path(row.config).stem.split("_"), row.config


def test_configs_measure_as_the_papers_do():
    first = {
        (row.data, published_protocol(row)): row
        for name in NAMES
        for row in read_table(name, CONFIGS).rows
        if row.config and row.numbers and not row.protocol  # which differs from ours
    }
    for (_, (protocol, limit)), row in first.items():
        _, ours = main_evaluator(load_config(CONFIGS / row.config))
        assert protocol in ("", ours.name), row.name  # empty where the paper names none
        assert limit in ("", ours.max_dets.rpartition("/")[2]), row.name


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_per_cent_and_ap50_is_not_below_ap(name):
    for row in read_table(name, CONFIGS).rows:
        assert all(0 <= value <= 100 for value in row.numbers.values())
        assert row.numbers.get("AP50", 100) >= row.numbers.get("AP", 0) >= 0


@pytest.mark.parametrize(
    ("table", "row", "numbers"),
    [
        ("sarl_1", "YOLOv5 w/ SARL+SFL", dict(AP=29.6, APvt=11.4, ship=42.0)),
        ("sarl_2", "YOLOx, DOTA-v2.0", dict(AP=39.5, APm=46.8)),
        ("sarl_3", "YOLOx w/ SARL+SFL", dict(AP=26.3, AP50=58.2)),
        ("sarl_4", "DotD", {"bridge": 17.5, "wind-mill": 7.4}),
        ("sarl_7", "YOLOX + SARL + SFL, beta=1", dict(AP=24.6, APs=31.3)),
        ("rfla_1", "DetectoRS w/ RFLA", dict(AP=24.8, ship=49.5)),
        ("rfla_2", "FCOS", dict(AP=13.4)),
        ("dntr_1", "DNTR (new)", dict(AP=27.2, APvt=15.2)),
        ("d3q_1", "DINO-D3Q", dict(AP=33.0, AP50=67.6, APvt=19.6)),
        ("d3q_2", "DINO-D3Q*", dict(AP=32.1)),
        ("dome_1", "Dome-DETR-L", dict(AP=34.7)),
        ("cfinet_1", "CFINet, SODA-A", dict(AP=34.4, AP50=73.1)),
        ("cfpt_1", "RetinaNet w/ CFPT, R-101", dict(AP=22.6, AP50=38.7)),
        ("srtod_1", "Cascade R-CNN w/ SR-TOD", {}),
        ("remdet_1", "RemDet-X", dict(AP=29.9, AP50=48.3)),
        ("review_1", "YOLOv7", dict(AP=43.8, FPS=50)),
        ("lrnet_5", "by angle, alpha 0.5", {}),
    ],
)
def test_numbers_as_printed(table, row, numbers):
    (found,) = read_table(table, CONFIGS).choose([row])
    assert numbers.items() <= found.numbers.items()


def test_the_source_s_own_contradictions_are_noted():
    notes = {row.name: row.note for row in read_table("sarl_1", CONFIGS).rows}
    assert "mean 4.7" in notes["RetinaNet"]
    assert "22.2" in notes["YOLOx"]
    garbled = read_table("sarl_4", CONFIGS).choose(["YOLOx"])[0]
    assert garbled.numbers == {}
    assert "headings" in garbled.note
    assert "29.0" in read_table("sarl_3", CONFIGS).choose(["YOLOx w/ SARL+SFL"])[0].note


def test_a_row_measured_by_another_protocol_says_so():
    for name in ("sarl_2", "lrnet_9", "lrnet_comparators", "cfpt_1", "srtod_1", "remdet_1"):
        for row in read_table(name, CONFIGS).rows:
            if row.config and row.data in ("VisDrone2019", "Pascal VOC 07+12"):
                assert "protocol; ours is " in row.note, row.name


def test_the_review_names_no_split():
    table = read_table("review_1", CONFIGS)
    assert {(row.data, row.split) for row in table.rows} == {("COCO", "")}
    heading = compare(table, ResultStore(CONFIGS)).heading
    assert heading == "review_1: review of small-object detection, Table 1; COCO; AP in per cent"


def test_class_aps_of_aitod_have_the_row_s_mean_or_a_note():
    for name in ("sarl_1", "sarl_5", "sarl_6", "sarl_7", "rfla_1"):
        for row in read_table(name, CONFIGS).rows:
            classes = [value for column, value in row.numbers.items() if column.islower()]
            if len(classes) == 8 and abs(sum(classes) / 8 - row.numbers["AP"]) > 0.5:
                assert "class APs" in row.note, row.name


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(InputError, match=r"no table 'sral_5' .did you mean 'sarl_5'"):
        read_table("sral_5", CONFIGS)


def test_an_unknown_row_names_the_nearest():
    table = read_table("sarl_1", CONFIGS)
    with pytest.raises(InputError, match=r"no row 'Fast R-CNN' .did you mean 'Faster R-CNN'"):
        table.choose(["Fast R-CNN"])
    with pytest.raises(InputError, match=r"no row 'xyz' .there are RetinaNet, TridentNet"):
        table.choose(["xyz"])


def test_rows_are_chosen_in_any_case_and_in_the_table_s_order():
    chosen = read_table("sarl_1", CONFIGS).choose(["rfla", "RETINANET"])
    assert [row.name for row in chosen] == ["RetinaNet", "RFLA"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("row,config,AP\nA,a.py,1\n", "lacks the columns data, split, source, note"),
        ("row,config,data,split,AP,AP,source,note\n", "names the column 'AP' twice"),
        ("", "lacks the columns row, config"),
        (HEADING + "A,a.py,d,s,AP50,p,\n", "line 2: AP is 'AP50', which is not a number"),
        (HEADING + "A,a.py,d,s,nan,p,\n", "line 2: AP is 'nan', which is not a number"),
        (HEADING + "A,a.py,d,s,1_0,p,\n", "line 2: AP is '1_0', which is not a number"),
        (HEADING + ",a.py,d,s,1,p,\n", "line 2: the row has no name"),
        (HEADING.replace(",", ";") + "A;a.py;d;s;1;p;\n", "has semicolons between its cells"),
        (HEADING + "A,a.py,d,s,1\n", "line 2: the number of cells differs"),
        (HEADING + "A,,d,s,1,p,\n", "line 2: the row has no config; say why in its note"),
        (HEADING + "A,a.py,d,s,1,p,\nA,b.py,d,s,1,p,\n", "has two rows 'A'"),
    ],
)
def test_a_malformed_table_is_refused(own, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(own(text), CONFIGS)


def test_a_table_in_another_encoding_is_refused_and_excel_s_utf8_is_read(own):
    path = Path(own(HEADING + "A,a.py ,d,s,12.5,p,\n"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    (row,) = read_table(str(path), CONFIGS).rows
    assert (row.name, row.config) == ("A", "a.py")
    path.write_text(HEADING + "A,a.py,d,s,12.5,Müller,\n", encoding="latin-1")
    with pytest.raises(InputError, match=r"mine.csv is not UTF-8; save it as 'CSV UTF-8'"):
        read_table(str(path), CONFIGS)


def test_a_table_of_one_s_own_refers_to_its_own_configs(own, tmp_path):
    table = read_table(own(HEADING + "A,a.py,d,s,12.5,p,\n"), CONFIGS)
    assert (table.name, table.configs, table.metrics) == ("mine", tmp_path.resolve(), ["AP"])
    assert table.rows[0].numbers == {"AP": 12.5}


def test_all_files_are_written_alike():
    for name in NAMES:
        text = (CONFIGS / "tables" / f"{name}.csv").read_text()
        rows = list(csv.reader(text.splitlines()))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert rows[0][-2:] == ["source", "note"]
