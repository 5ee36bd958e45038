"""Padding of queries is hidden from the queries of its image."""

import torch

from tinydet.models.layers.query_padding import pad_queries, self_attention_mask


def test_pads_to_the_longest():
    index, valid = pad_queries([torch.tensor([7, 4, 9]), torch.tensor([3])])
    assert index.tolist() == [[7, 4, 9], [3, 0, 0]]
    assert valid.tolist() == [[True, True, True], [True, False, False]]


def test_hides_padding_and_leaves_each_query_itself():
    valid = torch.tensor([[True, True, True], [True, False, False]])
    hidden = torch.zeros(3, 3, dtype=torch.bool)
    hidden[0, 2] = True
    mask = self_attention_mask(valid, hidden, num_heads=2)
    assert mask.shape == (4, 3, 3)
    assert torch.equal(mask[0], hidden)
    assert torch.equal(mask[1], hidden)
    assert mask[2].tolist() == [[False, True, True], [False, False, True], [False, True, False]]
    assert torch.equal(mask[3], mask[2])


def test_without_padding_there_is_no_mask_but_that_of_the_groups():
    valid, hidden = torch.ones(2, 3, dtype=torch.bool), torch.eye(3, dtype=torch.bool)
    assert self_attention_mask(valid, None, 2) is None
    assert self_attention_mask(valid, hidden, 2) is hidden
