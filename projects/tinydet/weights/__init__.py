"""Pretrained weights: from a name in a config to tensors of the right names.

    source      a file of weights: what it is called, where from, its hash
    catalogue   a name such as ``torchvision://resnet50`` -> where its file comes from
    folders     the places on this machine where a file may lie, its hash compared
    transfer    one request for a file over HTTP
    download    the file from the internet, once for all processes, whole or not at all
    adapted     those of ``tinydet://``, with other names for their tensors
    packages    the file from a package of the Python registry
    outcome     what a module took and what not, as numbers and names
    report      what of a checkpoint a module took, said in the log
    needs       which weights a config asks for

:mod:`tinydet.checkpoints` reads the file and makes mmengine use all this.
"""
