from tinydet.models.heads.yolov8_pixel_head import YOLOv8PixelHead

__all__ = ["YOLOv8PixelHead"]
