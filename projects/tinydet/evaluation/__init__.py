from tinydet.evaluation.aitod.metric import AITODMetric
from tinydet.evaluation.soda.metric import SODAMetric
from tinydet.evaluation.visdrone.metric import VisDroneMetric

__all__ = ["AITODMetric", "SODAMetric", "VisDroneMetric"]
