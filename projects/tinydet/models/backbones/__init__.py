from tinydet.models.backbones.yolov8_lff_csp_darknet import YOLOv8LFFCSPDarknet

__all__ = ["YOLOv8LFFCSPDarknet"]
