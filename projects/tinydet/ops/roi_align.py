"""RoIAlign for ``mmcv.ops.RoIAlign`` by torchvision's operator.

Paper: Mask R-CNN, arXiv:1703.06870, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tinydet.ops.precision import widened

AVERAGE = 1  # mmcv's pool_mode; 0 is the maximum


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write the average of each bin of each region into ``output``.

    Args:
        input: Feature map, ``(B, C, H, W)``.
        rois: Image number and corners in pixels of the image, ``(R, 5)``.
        output: ``(R, C, aligned_height, aligned_width)``.
        argmax_y: Positions of the maxima in max pooling; empty here.
        argmax_x: As ``argmax_y``.
        aligned_height: Bins in a column.
        aligned_width: Bins in a row.
        spatial_scale: Cells of the feature map per pixel of the image.
        sampling_ratio: Samples per bin and direction; 0 for one per cell.
        pool_mode: 1, the average.
        aligned: Shift the regions by half a cell.

    Raises:
        NotImplementedError: ``pool_mode`` is 0, the maximum, which torchvision does not have.
    """
    if pool_mode != AVERAGE:
        raise NotImplementedError(
            "torchvision has no RoIAlign with pool_mode='max'; use 'avg', or "
            "compile mmcv's operators by TINYDET_OPS=compile tools/setup.sh"
        )
    features, regions = widened(input, rois)
    size = (aligned_height, aligned_width)
    pooled = torch.ops.torchvision.roi_align(
        features, regions, spatial_scale, *size, sampling_ratio, aligned
    )
    output.copy_(pooled)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write the gradient of the feature map into ``grad_input``, given that of the output.

    Other arguments are as in :func:`roi_align_forward`.
    """
    gradient, regions = widened(grad_output, rois)
    size = (aligned_height, aligned_width)
    found = torch.ops.torchvision._roi_align_backward(
        gradient, regions, spatial_scale, *size, *grad_input.shape, sampling_ratio, aligned
    )
    grad_input.copy_(found)
