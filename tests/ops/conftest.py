"""Torchvision's operators beside mmcv's compiled ones, and a table of what was compared.

Tests that need either are skipped where it is missing; TINYDET_TEST_OPS=1, as `make test-ops` sets
it, makes that a failure.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

import mmcv
import mmcv.ops  # noqa: F401  (the modules that use an extension)
import pytest
from comparing import Ledger, outcome

from tinydet.ops.choice import torchvision_problem
from tinydet.ops.extension import make_extension

LEDGER = pytest.StashKey()


def missing(what):
    if os.environ.get("TINYDET_TEST_OPS"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def torchvision_ops():
    """Ask for torchvision's operators."""
    reason = torchvision_problem()
    if reason:
        missing(f"torchvision's operators cannot be used: {reason}")


@pytest.fixture(scope="session")
def compiled():
    """mmcv's compiled extension, whichever is in use."""
    spec = PathFinder.find_spec("mmcv._ext", mmcv.__path__)
    if spec is None:
        missing("mmcv has no compiled operators")
    in_use = sys.modules["mmcv._ext"]
    if in_use.__spec__.origin == spec.origin:
        return in_use
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def stand_in():
    return make_extension()


@pytest.fixture(scope="session")
def ledger(pytestconfig):
    return pytestconfig.stash.setdefault(LEDGER, Ledger())


@pytest.fixture(scope="session")
def compare(torchvision_ops, compiled, stand_in, ledger):
    """Run a function of mmcv.ops with both extensions and assert the same result."""

    def run(operator, function, *tensors, tolerance=0.0):
        value, gradients = outcome(function, tensors, stand_in)
        expected, expected_gradients = outcome(function, tensors, compiled)
        ledger.values(operator, value, expected, tolerance)
        ledger.gradients(operator, gradients, expected_gradients, tolerance)
        return value

    return run


def pytest_terminal_summary(terminalreporter):
    ledger = terminalreporter.config.stash.get(LEDGER, None)
    if ledger is None or not ledger.rows:
        return
    terminalreporter.section("tinydet.ops beside its reference")
    line = "{:<32} {:>7} {:>16} {:>16}"
    terminalreporter.write_line(line.format("operator", "cases", "largest diff.", "in gradients"))
    for operator, (cases, values, gradients) in sorted(ledger.rows.items()):
        terminalreporter.write_line(
            line.format(operator, cases, f"{values:.2g}", f"{gradients:.2g}")
        )
