from tinydet.evaluation.visdrone.evaluator import evaluate, evaluate_detailed

__all__ = ["evaluate", "evaluate_detailed"]
