from tinydet.hooks.draw_detections_hook import DrawDetectionsHook

__all__ = ["DrawDetectionsHook"]
