from tinydet.evaluation.aitod.evaluator import Result, evaluate, evaluate_detailed, evaluate_read

__all__ = ["Result", "evaluate", "evaluate_detailed", "evaluate_read"]
