"""Other people's networks: their file, their table, their curve beside ours."""

from dataclasses import replace

import pytest

from tinydet.errors import InputError
from tinydet.tables.peers import COLUMNS, GAINS, NUMBERS, PeerRun, markdown, read_peers, record_peer

RUN = PeerRun(
    network="yolo-a",
    budget="8 epochs",
    settings="default",
    seed="0",
    numbers=dict(zip(NUMBERS, ("9.5", "20.1", "1.0", "3.0", "15.0"), strict=True)),
    person="6.0",
    gains=dict(zip(GAINS, ("+10.2 (+9.0 to +11.1)", "+5.4 (+2.0 to +8.0)"), strict=True)),
    epochs="8",
    hours="0.50",
    parameters_m="2.93",
    library="Ultralytics 8.4.0",
    machine="x86_64, 1 thread",
)


def test_a_run_is_read_as_it_was_recorded_and_replaced_by_the_same_run(tmp_path):
    path = tmp_path / "peers.csv"
    assert read_peers(path) == []
    better = replace(RUN, network="yolo-b", numbers=RUN.numbers | {"AP": "11.0"})
    again = replace(RUN, hours="0.60")
    for run in (RUN, better, again):
        record_peer(path, run)
    assert read_peers(path) == [better, again], "the best first"


def test_the_table_has_a_row_a_run():
    head, rule, row = markdown([RUN]).splitlines()
    assert head.count("|") == rule.count("|") == row.count("|")
    cells = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    assert cells["APvt"] == "1.0"
    assert cells["our AP minus its"] == "+10.2 (+9.0 to +11.1)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("9.5", "good", r"line 2: AP: 'good' is not a number"), ("hours", "time", "lacks.*hours")],
)
def test_a_damaged_file_is_refused(tmp_path, old, new, message):
    path = tmp_path / "peers.csv"
    record_peer(path, RUN)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        read_peers(path)


def test_every_column_is_filled():
    assert set(RUN.cells()) == set(COLUMNS)


def test_the_best_peer_is_drawn(tool):
    curves = {"a": ([2, 4], [5.0, 6.0]), "b": ([2, 4], [1.0, 8.0])}
    assert list(tool("tables/show").best_peer(curves)) == ["b"]
    assert tool("tables/show").best_peer({}) == {}
