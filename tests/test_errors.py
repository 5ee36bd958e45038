"""What a tool prints in the place of a traceback."""

import errno

import pytest

from tinydet.errors import InputError, reported


def raising(error):
    @reported
    def main():
        raise error

    return main


def test_a_sentence_about_the_input(capsys):
    assert raising(InputError("x.json has no list 'images'"))() == 1
    assert capsys.readouterr().err == "error: x.json has no list 'images'\n"


def test_a_sentence_from_a_worker_comes_without_the_traceback_of_the_worker(capsys):
    text = 'Caught InputError in worker 0.\n  File "coco.py"\ntinydet.errors.InputError: x is bad\n'
    assert raising(InputError(text))() == 1
    assert capsys.readouterr().err == "error: x is bad\n"


def test_what_the_file_system_refuses(tmp_path, capsys):
    (tmp_path / "file").touch()

    @reported
    def main():
        (tmp_path / "file" / "below").mkdir(parents=True)

    assert main() == 1
    assert f"error: {tmp_path}/file" in capsys.readouterr().err
    assert raising(OSError(errno.ENOSPC, "No space left on device"))() == 1
    assert capsys.readouterr().err == "error: a file: No space left on device\n"


def test_a_folder_that_does_not_exist_is_named(capsys):
    assert raising(FileNotFoundError(errno.ENOENT, "No such file or directory", "/proc/x"))() == 1
    assert capsys.readouterr().err == "error: /proc/x: No such file or directory\n"


def test_a_defect_keeps_its_traceback():
    with pytest.raises(FileNotFoundError):
        raising(FileNotFoundError(errno.ENOENT, "No such file"))()  # which file?
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())()
