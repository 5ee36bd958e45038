"""The numbers of a finished test, from whichever evaluator its config has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.evaluation.protocol import MAX_DETS

# Names in a log, after their prefix, and in the results.
TINY = {"AP": "AP", "AP_50": "AP50", "AP_75": "AP75"} | {
    f"AP_{area}": f"AP{area}" for area in "sml"
}
COCO = {"bbox_mAP": "AP"} | {f"bbox_mAP_{name}": f"AP{name}" for name in ("50", "75", *"sml")}
AITOD = TINY | {"AP_vt": "APvt", "AP_t": "APt", "oLRP": "oLRP"}
ANY_AREA = ("AP", "AP_50", "AP_75", "oLRP")
SAME = ("dataloader", "evaluator")  # of a validation that is the test


@dataclass(frozen=True)
class Protocol:
    """How the numbers of an evaluator are read from the log of a test, and what they are.

    Attributes:
        name: What the results call it.
        prefix: Of its numbers in the log.
        names: ``{name in the log: name in the results}``.
        ignore: What it does with objects that are not to be found.
        max_dets: Detections that count; empty for all.
        class_ending: After a class's name in the log; empty where classes are not told.
    """

    name: str
    prefix: str
    names: Mapping[str, str]
    ignore: str
    max_dets: str = ""
    class_ending: str = ""

    def conditions(self) -> dict[str, str]:
        return dict(protocol=self.name, ignore=self.ignore, max_dets=self.max_dets)


@dataclass(frozen=True)
class Measured:
    """The numbers of one test, in per cent, -1 where there is no ground truth, and their terms."""

    numbers: dict[str, float]
    per_class: dict[str, float]
    conditions: dict[str, str]


def protocol_of(evaluator: Mapping) -> Protocol | None:
    """Return the protocol of an evaluator's config, ``None`` if it is none that is known."""
    kind = str(evaluator.get("type")).rpartition(".")[2]
    if kind == "AITODMetric":
        max_dets = "/".join(map(str, evaluator.get("max_dets", MAX_DETS)))
        # Ranges of a config's own may have the names of AI-TOD's, and are not those of the tables.
        own = evaluator.get("area_ranges") is not None
        names = {key: AITOD[key] for key in ANY_AREA} if own else AITOD
        return Protocol("AI-TOD", "aitod", names, "crowd", max_dets, "_AP")
    if kind == "CocoMetric":
        # pycocotools has the 100 of AP in its code; the other numbers take the last of the list.
        last = evaluator.get("proposal_nums", (100, 300, 1000))[-1]
        max_dets = "100" if last == 100 else f"100 for AP, {last} for the rest"
        return Protocol("COCO", "coco", COCO, "crowd", max_dets, "_precision")
    if kind == "VOCMetric":
        return Protocol("Pascal VOC", "pascal_voc", {"AP50": "AP50"}, "difficult")
    if kind == "VisDroneMetric" and evaluator.get("protocol") == "coco":
        ignore, max_dets = evaluator["ignore_rule"], str(evaluator["max_dets"])
        return Protocol("COCO on VisDrone", "visdrone_coco", TINY, ignore, max_dets)
    if kind == "VisDroneMetric":
        return Protocol("VisDrone", "visdrone", TINY, "regions and score 0", "1/10/100/500")
    return None


def main_evaluator(config: Config) -> tuple[Mapping, Protocol]:
    """Return the evaluator whose numbers are recorded: of several, the first that is known.

    Raises:
        InputError: There is none.
    """
    found = config.get("test_evaluator") or []
    evaluators = [found] if isinstance(found, dict) else found
    for evaluator in evaluators:
        if (protocol := protocol_of(evaluator)) is not None:
            return evaluator, protocol
    raise InputError(
        f"the config's test_evaluator is {[evaluator.get('type') for evaluator in evaluators]}; "
        "numbers are read from AITODMetric, CocoMetric, VOCMetric and VisDroneMetric"
    )


def measure(config: Config, logged: Mapping[str, float]) -> Measured:
    """Return the numbers of a test.

    Args:
        config: Its config.
        logged: What it wrote, see :func:`last_log` and :func:`last_validation`.

    Raises:
        InputError: An evaluator that is not known, or a log without its numbers.
    """
    _, protocol = main_evaluator(config)
    start = f"{protocol.prefix}/"
    found = {
        key.removeprefix(start): value for key, value in logged.items() if key.startswith(start)
    }
    ending = protocol.class_ending
    per_class = {
        name.removesuffix(ending): value
        for name, value in found.items()
        if ending and name.endswith(ending)
    }
    numbers = {ours: found[name] for name, ours in protocol.names.items() if name in found}
    if not numbers:
        raise InputError(f"the log of the test has no {protocol.prefix}/… number")
    return Measured(_percent(numbers), _percent(per_class), protocol.conditions())


def last_validation(config: Config, folder: Path) -> dict[str, float] | None:
    """Return what the validation at the end of a training wrote, where it was the test already.

    Args:
        config: Of the training.
        folder: Its work folder.

    Returns:
        ``None`` where the test is of other data or numbers, or no log has a validation of the
        last epoch: a training that was killed before its end has none.
    """
    if any(config.get(f"val_{part}") != config.get(f"test_{part}") for part in SAME):
        return None
    end = config.train_cfg.get("max_epochs") or config.train_cfg.get("max_iters")
    prefix = main_evaluator(config)[1].prefix
    found = None
    for path in sorted(folder.glob("*/vis_data/*.json")):
        if path.stem != path.parents[1].name:
            continue
        for line in path.read_text().splitlines():
            numbers = json.loads(line)
            if numbers.get("step") == end and any(key.startswith(f"{prefix}/") for key in numbers):
                found = numbers
    return found


def last_log(folder: Path) -> dict[str, float]:
    """Return the numbers that mmengine wrote at the end of the last test in ``folder``.

    Raises:
        InputError: There are none.
    """
    found = [path for path in folder.glob("*/*.json") if path.stem == path.parent.name]
    if not found:
        raise InputError(f"{folder} has no log of a finished test")
    return json.loads(max(found).read_text())


def _percent(values: Mapping[str, float]) -> dict[str, float]:
    """Scale fractions; -1, and mmdet's NaN for the same, stay out of it."""
    known = {name: value == value and value != -1 for name, value in values.items()}
    return {name: 100 * value if known[name] else -1.0 for name, value in values.items()}
