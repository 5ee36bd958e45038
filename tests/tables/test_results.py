"""Results: what is written is read, nothing is lost to a kill or to a second writer."""

import multiprocessing
import os

import pytest

from tinydet import files
from tinydet.errors import InputError
from tinydet.files import write_whole
from tinydet.runs.record import record
from tinydet.tables.results import COLUMNS, Result, ResultStore, read_results

RUN = Result(
    "sarl/ablations/x.py",
    1,
    numbers=dict(AP=26.64, APvt=-1.0),
    per_class={"storage tank": 40.1, "wind-mill": 7.0},
    conditions=dict(commit="0123456789-dirty", hours="1.50", max_dets="1/100/1500"),
)


@pytest.fixture
def store(tmp_path):
    return ResultStore(tmp_path / "configs")


def test_a_run_is_recorded_beside_its_system_and_read_again(store, tmp_path):
    record(RUN, store)
    path = tmp_path / "configs/sarl/results.csv"
    assert path.read_text().splitlines()[0] == ",".join(COLUMNS)
    (read,) = read_results(path)
    assert (read.key, read.numbers, read.per_class) == (RUN.key, RUN.numbers, RUN.per_class)
    assert RUN.conditions.items() <= read.conditions.items()
    assert read.conditions["gpu"] == ""  # nobody measured it


def test_runs_are_told_apart_by_options_and_seed_and_kept_sorted(store):
    for options, seed in (("", 2), ("lr=1", 0), ("", 0), ("", 2)):
        record(Result(RUN.config, seed, options), store)
    assert [run.key[1:] for run in store.of(RUN.config)] == [("", 0), ("", 2), ("lr=1", 0)]
    assert store.has(RUN.config, "lr=1", 0)
    assert not store.has(RUN.config, "lr=1", 2)
    assert store.of("sarl/other.py") == []


def test_a_run_recorded_again_replaces_the_first(store):
    record(RUN, store)
    record(Result(RUN.config, 1, numbers=dict(AP=1.0)), store)
    assert [run.numbers for run in store.of(RUN.config)] == [dict(AP=1.0)]


def test_a_kill_while_writing_leaves_the_file_as_it_was(store, monkeypatch):
    record(RUN, store)

    def killed(*_):
        raise KeyboardInterrupt

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(files.os, step, killed)
            with pytest.raises(KeyboardInterrupt):
                record(Result(RUN.config, 5), store)
        assert [run.seed for run in store.of(RUN.config)] == [1]
    record(Result(RUN.config, 6), store)
    folder = store.path(RUN.config).parent
    assert os.listdir(folder) == ["results.csv"]  # what the kills left was used up
    assert [run.seed for run in store.of(RUN.config)] == [1, 6]


def record_ten(root, first):
    for seed in range(first, first + 10):
        record(Result("a/b.py", seed), ResultStore(root))


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    root = tmp_path / "configs"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=record_ten, args=(root, 10 * i)) for i in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [run.seed for run in ResultStore(root).of("a/b.py")] == list(range(30))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace("seed,", "sead,", 1), "lacks the columns seed; restore"),
        (lambda text: text.replace("26.64", "many"), "line 2: 'many' is not a number"),
        (lambda text: text.replace("26.64", "nan"), "line 2: 'nan' is not a number"),
        (lambda text: text.replace("26.64", "2664"), "line 2: 2664 is neither per cent nor -1"),
        (lambda text: text.replace("x.py,,1,", "x.py,,,"), "line 2: invalid literal"),
        (
            lambda text: text + text.splitlines()[1],
            r"line 3: .*x.py with seed 1 is recorded twice",
        ),
        (lambda text: text[:-40], "line 2: the number of cells differs from the heading"),
        (lambda text: text + "a remark", "line 3: the number of cells differs from the heading"),
    ],
)
def test_a_spoilt_file_is_refused(store, change, sentence):
    record(RUN, store)
    path = store.path(RUN.config)
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=sentence):
        store.of(RUN.config)


def test_a_file_that_an_editor_saved_anew_is_read_all_the_same(store):
    record(RUN, store)
    path = store.path(RUN.config)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    (read,) = store.of(RUN.config)
    assert (read.key, read.numbers) == (RUN.key, RUN.numbers)


def test_files_are_readable_by_others_as_the_umask_says(tmp_path):
    write_whole(tmp_path / "a.txt", "text")
    (tmp_path / "b.txt").write_text("text")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode
