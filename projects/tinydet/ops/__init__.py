"""mmcv's operators without compiling mmcv.

``mmcv-lite`` holds the Python side of ``mmcv.ops``; the module it asks for, ``mmcv._ext``, is what
takes a C++ compiler, for a GPU ``nvcc`` as well, and 6 to 40 minutes. :mod:`tinydet.ops.extension`
puts together a module with the same functions, so that ``mmcv.ops`` works as it is:

=========================  ======================================================================
file                       functions of ``mmcv._ext``, and what they are made of
=========================  ======================================================================
``nms``                    ``nms``: torchvision
``roi_align``              ``roi_align_forward``, ``roi_align_backward``: torchvision
``deform_conv``            ``deform_conv_*`` (DCN): torchvision
``modulated_deform_conv``  ``modulated_deform_conv_*`` (DCNv2): torchvision
``soft_nms``               ``softnms``: torch
``focal_loss``             ``sigmoid_focal_loss_*``, ``softmax_focal_loss_*``: torch
``deformable_attention``   ``ms_deform_attn_*``: torch
=========================  ======================================================================

They follow mmcv's calling convention (results are written into tensors of the caller) and run on
the device of their arguments. Half and bfloat16 arguments are computed in float32 and the results
rounded, as torchvision does under autocast. Every other function of ``mmcv._ext``, among them those
of ``MaskedConv2d``, ``CARAFE``, ``RoIPool`` and mmcv's own ``SyncBatchNorm``, is used by no config
here and raises a :class:`NotImplementedError` that says so.

:mod:`tinydet.ops.choice` decides between this module and the compiled one.
"""

from tinydet.ops.choice import describe, origin

__all__ = ["describe", "origin"]
