"""The demo's own logic; its steps are tested where they live."""

import pytest

from tinydet.errors import InputError


@pytest.fixture
def demo(tool):
    return tool("demo")


def test_it_resumes_where_there_is_a_checkpoint(demo, tmp_path):
    fresh = demo.parse_args(["--work-dir", str(tmp_path), "--epochs", "2"])
    assert "--resume" not in demo.train_arguments(fresh)
    assert "train_cfg.max_epochs=2" in demo.train_arguments(fresh)
    (tmp_path / "last_checkpoint").write_text("x")
    assert "--resume" in demo.train_arguments(fresh)


def test_the_best_checkpoint_is_kept_by_name(demo, tmp_path):
    last = tmp_path / "epoch_2.pth"
    last.write_bytes(b"last")
    (tmp_path / "last_checkpoint").write_text(str(last))
    assert demo.best_checkpoint(tmp_path).read_bytes() == b"last"
    (tmp_path / "best_aitod_AP_epoch_1.pth").write_bytes(b"best")
    assert demo.best_checkpoint(tmp_path).read_bytes() == b"best"


def test_a_failing_step_stops_it(demo):
    with pytest.raises(InputError, match="thinking failed"):
        demo.Clock().run("thinking", "-c", "raise SystemExit(3)")
