"""Two processes that exchange tensors, forked from the tests', so that neither imports torch."""

import multiprocessing
import os
import socket
import sys
import traceback

import torch


def in_two_processes(function, folder):
    """Call ``function(rank)`` in each; return what each printed, and whether both came to an end.

    Args:
        function: Finds in its environment what torch's launcher would tell it.
        folder: For files of what is printed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = [folder / f"printed_{rank}.txt" for rank in (0, 1)]
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_run, args=(function, rank, port, file))
        for rank, file in enumerate(files)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
        process.kill()
        process.join()
    texts = [file.read_text() for file in files]
    return texts, all(process.exitcode == 0 for process in processes)


def _run(function, rank, port, file):
    torch.set_num_threads(1)  # a fork has none of the others
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2")
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    with file.open("w") as sys.stdout:
        sys.stderr = sys.stdout
        try:
            function(rank)
        except BaseException:
            traceback.print_exc()
            sys.stdout.flush()
            os._exit(1)
