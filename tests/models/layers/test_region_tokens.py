"""Trans R-CNN's layers against plain loops; what the published code does instead."""

import copy

import pytest
import torch
from torch.nn import functional as F

from tinydet.models.layers import ShuffleUnfolding, TokenSelection
from tinydet.models.layers.shuffle_unfolding import shuffled
from tinydet.models.layers.task_attention import TaskAttention
from tinydet.models.layers.token_selection import ranked

CHANNELS = 4


def unfolding(**options):
    torch.manual_seed(0)
    return ShuffleUnfolding(CHANNELS, token_channels=6, embed_dims=8, **options)


def regions(count=3, side=7):
    torch.manual_seed(1)
    return torch.randn(count, CHANNELS, side, side)


def test_shuffled_weights_are_shuffled_cells():
    network, x = unfolding().eval(), regions()
    patches = F.unfold(x, 3, padding=1, stride=2).transpose(1, 2)  # (N, 16, C * 9)
    cells = patches.unflatten(2, (CHANNELS, 9))
    tokens = [network.task_tokens.expand(len(x), -1, -1)]
    tokens += [cells[..., order].flatten(2) for order in network.orders]
    tokens = torch.cat(tokens, 1)
    expected = network.qkv(F.layer_norm(tokens, tokens.shape[-1:]))
    torch.testing.assert_close(network._embed(x), expected)


def test_the_first_copy_is_in_order_and_all_are_whole():
    orders = shuffled()
    assert orders[0].tolist() == list(range(9))
    assert all(sorted(order) == list(range(9)) for order in orders.tolist())


def test_a_training_shuffles_anew_and_a_prediction_never():
    network, x = unfolding(), regions()
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
    other = unfolding().eval()
    torch.manual_seed(7)  # nor does another process
    assert torch.equal(network(x), other(x))


@pytest.mark.parametrize(("side", "tokens"), [(7, 16), (5, 9), (3, 4), (8, 16)])
def test_a_region_becomes_two_tasks_and_patches(side, tokens):
    assert unfolding()(regions(side=side)).shape == (3, 2 + tokens, 8)
    assert unfolding()(regions(0, side)).shape == (0, 2 + tokens, 8)


def seen_by(attention, task):
    """Return the weights that a task's token gives to the tokens, ``(T,)``."""
    torch.manual_seed(0)
    return attention(torch.randn(1, 5, 3 * 4))[1][0, 0, task]


def test_the_task_tokens_do_not_see_each_other():
    attention = TaskAttention(4)
    assert seen_by(attention, 0)[1] == 0
    assert seen_by(attention, 1)[0] == 0
    assert seen_by(attention, 0).sum().item() == pytest.approx(1)
    torch.manual_seed(2)
    qkv = torch.randn(1, 5, 12)
    changed = qkv.clone()
    changed[:, 1] += 1  # the box token
    assert torch.equal(attention(qkv)[0][:, 0], attention(changed)[0][:, 0])


def test_the_published_mask_hides_nothing():
    attention = TaskAttention(4, as_published=True)
    assert seen_by(attention, 0)[1] > 0
    assert seen_by(attention, 1)[0] > 0


def test_attention_is_torch_s_with_a_mask():
    attention = TaskAttention(8, num_heads=2, scale=0.5)
    torch.manual_seed(0)
    qkv = torch.randn(3, 6, 24)
    query, key, value = (part.unflatten(2, (2, 4)).transpose(1, 2) for part in qkv.split(8, dim=2))
    visible = torch.ones(6, 6, dtype=bool)
    visible[0, 1] = visible[1, 0] = False
    mixed = F.scaled_dot_product_attention(query, key, value, visible, scale=0.5)
    expected = attention.proj(mixed.transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(qkv)[0], expected)


def placed(first, last):
    """Return the order of the authors' loop: one pointer from each end, by descending attention."""
    places, front, back = [None] * len(first), 0, len(first) - 1
    for token in sorted(range(len(first)), key=lambda i: -(first[i] + last[i])):
        if first[token] > last[token]:
            places[front], front = token, front + 1
        else:
            places[back], back = token, back - 1
    return places


def test_tokens_are_ranked_from_one_task_to_the_other():
    torch.manual_seed(0)
    first, last = torch.rand(2, 5, 16)
    expected = [placed(*pair) for pair in zip(first.tolist(), last.tolist(), strict=True)]
    assert ranked(first, last).tolist() == expected
    # by hand: 2 is the class's strongest, 0 its other; 1 the box's strongest, at the end
    of_class, of_box = torch.tensor([[0.3, 0.1, 0.9, 0.2]]), torch.tensor([[0.1, 0.8, 0.0, 0.3]])
    assert ranked(of_class, of_box).tolist() == [[2, 0, 3, 1]]


class Watched(TaskAttention):
    """Attention in which the class sees tokens 2 and 3 of four, the box 0 and 1."""

    def forward(self, qkv):
        weights = torch.zeros(len(qkv), 1, 6, 6)
        weights[:, :, 0, 2:] = torch.tensor([0.0, 0.0, 0.6, 0.4])
        weights[:, :, 1, 2:] = torch.tensor([0.6, 0.4, 0.0, 0.0])
        return torch.zeros(len(qkv), 6, 8), weights


@pytest.mark.parametrize(
    ("as_published", "of_class", "of_box"),
    [(False, [0, 4, 5], [1, 3, 2]), (True, [0, 2, 3], [1, 5, 4])],
)
def test_a_task_gets_the_tokens_it_attends_to_and_as_published_the_others(
    as_published, of_class, of_box
):
    selection = TokenSelection(8, num_heads=1, as_published=as_published)
    selection.attention = Watched(8)
    tokens = torch.arange(6.0)[None, :, None].expand(2, 6, 8)
    found = [part[0, :, 0].tolist() for part in selection(tokens)]
    assert found == [of_class, of_box]


def changed_by_a_step(network):
    """Return whether a step changes the task tokens, and whether they are saved."""
    before = network.task_tokens.clone()
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    network(regions()).square().sum().backward()
    optimizer.step()
    return not torch.equal(network.task_tokens, before), "task_tokens" in network.state_dict()


def test_the_task_tokens_learn_and_are_saved():
    assert changed_by_a_step(unfolding()) == (True, True)


def test_the_published_task_tokens_do_neither():
    published = unfolding()
    tokens = published.task_tokens.detach()
    del published.task_tokens
    published.__dict__["task_tokens"] = tokens  # outside the module, as in the authors' lists
    assert changed_by_a_step(published) == (False, False)
    switched = unfolding(as_published=True)
    assert not switched.task_tokens.any()
    assert changed_by_a_step(switched) == (False, True)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_is_close_to_float32(dtype):
    network, x = unfolding().eval(), regions()
    expected = copy.deepcopy(network)(x)
    with torch.autocast("cpu", dtype=dtype):
        found = network(x)
    assert (found.float() - expected).abs().max() < 0.05
    found.float().square().sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters())
