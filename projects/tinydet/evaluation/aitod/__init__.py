from tinydet.evaluation.aitod.evaluator import (
    AITODResult,
    evaluate,
    evaluate_detailed,
    evaluate_read,
)

__all__ = ["AITODResult", "evaluate", "evaluate_detailed", "evaluate_read"]
