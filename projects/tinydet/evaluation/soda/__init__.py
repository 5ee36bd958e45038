from tinydet.evaluation.soda.evaluator import SODAResult, evaluate_read

__all__ = ["SODAResult", "evaluate_read"]
