"""The names of each evaluator's numbers in the log, and the conditions of the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmengine.config import Config

from tinydet.errors import InputError
from tinydet.evaluation.protocol import MAX_DETS
from tinydet.evaluation.soda.evaluator import LIMITS as SODA_LIMITS

# {name in the log, without the prefix: name in the results}
TINY = {"AP": "AP", "AP_50": "AP50", "AP_75": "AP75"} | {
    f"AP_{area}": f"AP{area}" for area in "sml"
}
COCO = {"bbox_mAP": "AP"} | {f"bbox_mAP_{name}": f"AP{name}" for name in ("50", "75", *"sml")}
AITOD = TINY | {"AP_vt": "APvt", "AP_t": "APt", "oLRP": "oLRP"}
ANY_AREA = ("AP", "AP_50", "AP_75", "oLRP")


@dataclass(frozen=True)
class Protocol:
    """Names and conditions of an evaluator's numbers.

    Attributes:
        name: Name in the results.
        prefix: Prefix of the numbers in the log.
        names: ``{name in the log: name in the results}``.
        ignore: Treatment of ignored objects.
        max_dets: Number of detections that are evaluated; empty for all.
        class_ending: Ending of the AP of a class in the log; empty where no class is logged.
    """

    name: str
    prefix: str
    names: Mapping[str, str]
    ignore: str
    max_dets: str = ""
    class_ending: str = ""

    def conditions(self) -> dict[str, str]:
        return dict(protocol=self.name, ignore=self.ignore, max_dets=self.max_dets)


def protocol_of(evaluator: Mapping) -> Protocol | None:
    """Return the protocol of an evaluator's config, ``None`` for an unknown evaluator."""
    kind = str(evaluator.get("type")).rpartition(".")[2]
    if kind == "AITODMetric":
        max_dets = "/".join(map(str, evaluator.get("max_dets", MAX_DETS)))
        # Custom ranges may reuse the names of AI-TOD's ranges, but are not those of the tables.
        custom = evaluator.get("area_ranges") is not None
        names = {key: AITOD[key] for key in ANY_AREA} if custom else AITOD
        return Protocol("AI-TOD", "aitod", names, "crowd", max_dets, "_AP")
    if kind == "SODAMetric":
        max_dets = "/".join(map(str, evaluator.get("max_dets", SODA_LIMITS)))
        names = {key: AITOD[key] for key in ("AP", "AP_50", "AP_75")}
        return Protocol("SODA", "soda", names, "ignore", max_dets, "_AP")
    if kind == "CocoMetric":
        # pycocotools fixes 100 for AP; the other numbers use the last entry of the list.
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
    """Return the first evaluator of a config with a known protocol, and the protocol.

    Raises:
        InputError: No evaluator has a known protocol.
    """
    found = config.get("test_evaluator") or []
    evaluators = [found] if isinstance(found, dict) else found
    for evaluator in evaluators:
        if (protocol := protocol_of(evaluator)) is not None:
            return evaluator, protocol
    raise InputError(
        f"the config's test_evaluator is {[evaluator.get('type') for evaluator in evaluators]}; "
        "numbers are read from AITODMetric, CocoMetric, SODAMetric, VOCMetric and VisDroneMetric"
    )
