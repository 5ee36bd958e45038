"""mmcv's operators without compiling mmcv.

``mmcv-lite`` contains the Python part of ``mmcv.ops``. Its compiled part, ``mmcv._ext``, needs a
C++ compiler, for GPUs also ``nvcc``, and takes 6 to 40 minutes to build. Instead,
:mod:`tinydet.ops.extension` provides a module with the same functions:

=========================  ======================================================================
file                       functions of ``mmcv._ext``, and their implementation
=========================  ======================================================================
``nms``                    ``nms``: torchvision
``roi_align``              ``roi_align_forward``, ``roi_align_backward``: torchvision
``deform_conv``            ``deform_conv_*`` (DCN): torchvision
``modulated_deform_conv``  ``modulated_deform_conv_*`` (DCNv2): torchvision
``soft_nms``               ``softnms``: torch
``focal_loss``             ``sigmoid_focal_loss_*``, ``softmax_focal_loss_*``: torch
``deformable_attention``   ``ms_deform_attn_*``: torch
=========================  ======================================================================

The functions follow mmcv's calling convention (they write results into tensors of the caller) and
run on the device of their arguments. Half and bfloat16 arguments are computed in float32 and the
results rounded, as in torchvision under autocast. No config of ours uses the other functions of
``mmcv._ext``, such as those of ``MaskedConv2d``, ``CARAFE``, ``RoIPool`` and mmcv's
``SyncBatchNorm``; they raise :class:`NotImplementedError`.

:mod:`tinydet.ops.choice` decides between this module and the compiled one.
"""

from tinydet.ops.choice import describe, origin

__all__ = ["describe", "origin"]
