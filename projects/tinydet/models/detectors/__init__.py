from tinydet.models.detectors.d3q_dino import D3QDINO

__all__ = ["D3QDINO"]
