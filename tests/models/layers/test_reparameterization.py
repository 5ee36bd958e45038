"""Parallel convolutions merged for prediction give what they gave apart."""

import pytest
import torch
from torch import nn

from tinydet.models.layers.rep_depthwise import RepDepthwise

pytest.importorskip("mmyolo")

from tinydet.models.layers.cib import CIB, CSPLayerWithCIB
from tinydet.models.layers.rep_elan import RepELAN

STYLE = dict(norm_cfg=dict(type="BN", eps=0.001), act_cfg=dict(type="SiLU", inplace=True))
BLOCKS = {
    "7x7 and 3x3": lambda: RepDepthwise(8),
    "5x5 and 1x1": lambda: RepDepthwise(8, kernel_size=5, small=1),
    "CIB": lambda: CIB(8),
    "CSP of CIBs": lambda: CSPLayerWithCIB(8, 16, 2, **STYLE),
    "RepELAN": lambda: RepELAN(8, 8, 16),
}


def with_statistics(network):
    """Give every norm the statistics and weights of some training."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.eval()


@pytest.mark.parametrize("name", BLOCKS)
@torch.no_grad()
def test_merged_equals_apart(name):
    torch.manual_seed(0)
    block = with_statistics(BLOCKS[name]()).double()
    image = torch.rand(2, 8, 9, 14, dtype=torch.float64)
    apart, weights = block(image), sum(p.numel() for p in block.parameters())
    for part in list(block.modules()):
        if hasattr(part, "switch_to_deploy"):
            part.switch_to_deploy()
            part.switch_to_deploy()  # a second time changes nothing
    torch.testing.assert_close(block(image), apart, rtol=1e-9, atol=1e-9)
    assert sum(p.numel() for p in block.parameters()) < weights
