"""Every cell of the support table: built, trained for a step, asked for predictions.

Of the losses of a kind, which ask the same of every host, `make test` runs the first, and
`make test-zoo` the others.
"""

import pytest

from tinydet.registry import TASK_UTILS
from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS
from tinydet.testing.matrix import COMPONENTS, markdown, reasons

HERE = [host for host in HOSTS.values() if host.available]  # without mmyolo four of seven
CELLS = [(row, host) for row in COMPONENTS.values() for host in HERE]


def asked(component):
    """Return what a component asks of the hosts beside its own loss."""
    return str([without_loss(component.cell(host)) for host in HERE])


def without_loss(node):
    if isinstance(node, dict):
        return {key: without_loss(value) for key, value in node.items() if key != "loss_bbox"}
    return [without_loss(value) for value in node] if isinstance(node, list) else node


FIRST = {asked(row): row for row in reversed(COMPONENTS.values())}.values()
PAIRS = [
    pytest.param(
        row,
        host,
        marks=[pytest.mark.skipif(bool(row.missing), reason=row.missing)]
        + [pytest.mark.zoo] * (row not in FIRST),
    )
    for row, host in CELLS
    if not row.reason(host)
]


def name_of(cell):
    return cell.name if hasattr(cell, "name") else str(cell)


def parts(detector):
    """Return the class names of everything that a detector is made of."""
    found = []
    for module in detector.modules():
        for value in (module, *vars(module).values()):
            for item in value if isinstance(value, list) else [value]:
                found += [item, *getattr(item, "__dict__", {}).values()]
    return {type(item).__name__ for item in found}


@pytest.mark.parametrize(("component", "host"), PAIRS, ids=name_of)
def test_pair(component, host, monkeypatch):
    calls = []
    nms = TASK_UTILS.get("tinydet.nwd_nms")
    monkeypatch.setitem(
        TASK_UTILS.module_dict, "nwd_nms", lambda *a, **k: calls.append(1) or nms(*a, **k)
    )
    detector = trial.try_out(component.into(host))
    name = component.source.removeprefix("tinydet.")
    # A key that nothing reads would leave the host as it was.
    assert calls if name == "nwd_nms" else name in parts(detector), f"{name} is not in use"


@pytest.mark.parametrize("host", HERE, ids=name_of)
def test_the_host_itself(host):
    detector = trial.try_out(host.model())
    assert sum(p.numel() for p in detector.parameters()) < 4e5
    ours = [m for m in detector.modules() if type(m).__module__.startswith("tinydet")]
    assert ours == []


def test_what_is_left_out_says_why():
    pytest.importorskip("mmyolo")
    for component in COMPONENTS.values():
        why = reasons(component)
        assert not all(why), f"{component.name} goes nowhere"
        assert all(len(sentence.split()) > 3 for sentence in why if sentence)


def test_a_pair_that_makes_no_sense_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="MaxIoU, bounded in FCOS: FCOS has no label assigner"):
        COMPONENTS["MaxIoU, bounded"].into(HOSTS["FCOS"])


def test_a_component_without_its_package_is_left_out_with_what_to_install(monkeypatch):
    place = "tinydet.testing.component"
    monkeypatch.setattr(f"{place}.find_spec", lambda name: None)
    monkeypatch.setattr(f"{place}.mmyolo_trouble", lambda: "is not installed: pip install it")
    monkeypatch.setattr(f"{place}.has_mmyolo", lambda: False)
    host = HOSTS["FCOS"]
    assert COMPONENTS["timm backbone"].cell(host) == (
        "timm backbone needs timm: pip install -e .[timm]"
    )
    with pytest.raises(ValueError, match="GELAN backbone is built on mmyolo, which is not inst"):
        COMPONENTS["GELAN backbone"].into(host)
    assert not COMPONENTS["timm backbone"].reason(host), "the table is the same everywhere"
    assert COMPONENTS["DLA backbone"].into(host).backbone.type == "tinydet.DLA"


def test_a_step_that_breaks_is_noticed():
    model = HOSTS["RetinaNet"].model()
    model.bbox_head.loss_cls.loss_weight = float("nan")
    with pytest.raises(AssertionError, match="the loss is nan"):
        trial.try_out(model)
    model = HOSTS["RetinaNet"].model()
    model.bbox_head.loss_cls.loss_weight = model.bbox_head.loss_bbox.loss_weight = 0.0
    with pytest.raises(AssertionError, match="idle"):
        trial.try_out(model)


def test_the_table_has_every_component_and_every_note():
    pytest.importorskip("mmyolo")
    text = markdown()
    head, _, *rows = text.split("\n\n")[0].splitlines()
    assert head.split(" | ")[1:] == [*list(HOSTS)[:-1], f"{list(HOSTS)[-1]} |"]
    assert all(row.count("|") == len(HOSTS) + 2 for row in rows)
    for component in COMPONENTS.values():
        assert component.name.removesuffix(" loss").removesuffix(" backbone") in text
    notes = text.split("\n\n")[1].splitlines()
    assert all(f"[{number}]" in text for number in range(1, len(notes) + 1))
    assert f"[{len(notes) + 1}]" not in text


def test_neighbors_of_one_kind_share_a_line():
    pytest.importorskip("mmyolo")
    starts = [line.split(" | ")[0] for line in markdown().splitlines()]
    assert "| DLA, GELAN, RemNet, YOLOv10, YOLO11, timm backbones" in starts
    assert "| SimOTA, bounded; SimOTA with NWD" in starts, "a comma in a name"
    assert "| NWD-NMS" in starts, "not the line of other kinds that go everywhere"
    assert "| YOLOv10 head" in starts


def test_hosts_cannot_spoil_each_other():
    model = HOSTS["FCOS"].model()
    model.bbox_head.clear()
    assert HOSTS["FCOS"].model().bbox_head
