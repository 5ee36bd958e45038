"""Pretrained weights: from a name in a config to tensors of the right names.

    source      a file of weights: name, address and hash
    catalogue   from a name such as ``torchvision://resnet50`` to its source
    folders     folders of this machine in which a file may be
    transfer    one HTTP request for a file
    download    a file from the internet, downloaded once for all processes
    adapted     ``tinydet://`` weights, whose tensors are renamed or selected
    shipped     ``tinydet://`` weights that the repository holds
    packages    a file from a package of the Python registry
    outcome     which tensors of a module a checkpoint filled
    report      the outcome in the log

:mod:`tinydet.checkpoints` reads the file and makes mmengine use this package;
:mod:`tinydet.configuration.pretrained` lists the weights that a config names.
"""
