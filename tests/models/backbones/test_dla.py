"""DLA-34: its levels at any size, its weights, and a tree worked out by hand."""

import torch
from torch import nn

from tinydet.models.backbones import DLA
from tinydet.models.backbones.dla import Tree


def test_levels_of_any_size_and_no_weight_is_idle():
    torch.manual_seed(0)
    network = DLA(base_channels=4)
    for size in ((64, 64), (65, 33), (70, 37)):
        levels = network(torch.rand(2, 3, *size))
        expected = [tuple(-(-side // 2**level) for side in size) for level in (2, 3, 4, 5)]
        assert [tuple(x.shape[2:]) for x in levels] == expected
        assert [x.shape[1] for x in levels] == [16, 32, 64, 128]
    sum((x * torch.randn_like(x)).sum() for x in levels).backward()
    # The public code has projections in level 3 and 4 without a gradient.
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_the_size_of_the_published_backbone():
    count = sum(p.numel() for p in DLA().parameters())
    unread = 64 * 128 + 2 * 128 + 128 * 256 + 2 * 256  # the projections for nothing
    assert count == 15_270_832 - unread  # of xingyizhou/CenterNet's dla34, without a classifier


def test_a_tree_of_trees_ends_in_the_root_of_the_second():
    """With blocks and roots that sum, ``x = 1`` doubles and doubles: worked out by hand.

    First tree: blocks 1 + 1 = 2 and 2 + 2 = 4, root 4 + 2 = 6. Second: 6 + 6 = 12 and 24, root
    24 + 12 + the pooled input 1 + the first tree's 6 = 43.
    """
    tree = Tree(2, 1, 1, 2, True, 0, dict(type="BN"))

    def block(stride):
        pool = nn.MaxPool2d(stride, stride, ceil_mode=True)
        return lambda x, shortcut: pool(x) + shortcut

    class Sum(nn.Module):
        def forward(self, *parts):
            return sum(parts)

    for leaf, stride in ((tree.tree1, 2), (tree.tree2, 1)):
        del leaf.tree1, leaf.tree2
        leaf.tree1, leaf.tree2, leaf.root = block(stride), block(1), Sum()
    assert tree(torch.ones(1, 1, 4, 4)).flatten().tolist() == [43.0] * 4


def test_fewer_levels_have_fewer_weights():
    network = DLA(out_indices=(2, 3), base_channels=4)
    assert not hasattr(network, "level4")
    assert len(network(torch.rand(1, 3, 32, 32))) == 2
