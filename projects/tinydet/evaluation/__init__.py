from tinydet.evaluation.aitod_metric import AITODMetric
from tinydet.evaluation.visdrone_metric import VisDroneMetric

__all__ = ["AITODMetric", "VisDroneMetric"]
