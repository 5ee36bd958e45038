from tinydet.hooks.class_number_hook import ClassNumberHook
from tinydet.hooks.draw_detections_hook import DrawDetectionsHook
from tinydet.hooks.resume_hook import ResumeHook
from tinydet.hooks.stop_at_nan_hook import StopAtNaNHook
from tinydet.hooks.sync_buffers_hook import SyncBuffersHook
from tinydet.hooks.threads_hook import ThreadsHook
from tinydet.hooks.validation_loss_hook import ValidationLossHook

__all__ = [
    "ClassNumberHook",
    "DrawDetectionsHook",
    "ResumeHook",
    "StopAtNaNHook",
    "SyncBuffersHook",
    "ThreadsHook",
    "ValidationLossHook",
]
