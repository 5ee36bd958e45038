"""The exemplar queue: its length, its order, its copies in checkpoints and other processes."""

import pytest
import torch
from two_processes import in_two_processes

from tinydet.models.layers.exemplar_queue import ExemplarQueue


def numbered(*values):
    """Features of one channel and one cell, which tell one exemplar from another."""
    return torch.tensor(values, dtype=torch.float).view(-1, 1, 1, 1)


def values_of(queue, *labels):
    features, classes = queue.of(torch.tensor(labels))
    return sorted(features.flatten().tolist()), classes.tolist()


def test_a_class_keeps_its_last_exemplars():
    queue = ExemplarQueue(2, 3, 1, 1)
    queue.push(numbered(1, 2, 7, 3, 4, 5), torch.tensor([0, 0, 1, 0, 0, 0]))
    assert values_of(queue, 0) == ([3, 4, 5], [0, 0, 0])
    assert values_of(queue, 1, 0, 1) == ([3, 4, 5, 7], [0, 0, 0, 1])
    assert len(queue) == 4


def test_the_public_code_loses_all_but_the_last_of_257():
    """Red where the number of exemplars to drop is a boolean."""
    labels = torch.zeros(257, dtype=torch.long)
    features = numbered(*range(257))
    ours, published = (ExemplarQueue(1, 256, 1, 1, as_published=flag) for flag in (False, True))
    for queue in (ours, published):
        queue.push(features[:256], labels[:256])
        assert len(queue) == 256
        queue.push(features[256:], labels[256:])
    assert len(ours) == 256
    assert values_of(ours, 0)[0] == list(range(1, 257))
    assert len(published) == 1
    assert values_of(published, 0)[0] == [256]


def test_an_empty_queue_and_nothing_to_push():
    queue = ExemplarQueue(2, 3, 4, 5)
    queue.push(torch.zeros(0, 4, 5, 5), torch.zeros(0, dtype=torch.long))
    features, labels = queue.of(torch.tensor([], dtype=torch.long))
    assert features.shape == (0, 4, 5, 5)
    assert len(labels) == len(queue) == 0


def test_a_checkpoint_contains_it():
    queue, resumed = (ExemplarQueue(2, 2, 1, 1) for _ in range(2))
    queue.push(numbered(1, 2, 3, 4), torch.tensor([0, 1, 0, 0]))
    resumed.load_state_dict(queue.state_dict())
    for each in (queue, resumed):
        each.push(numbered(5), torch.tensor([0]))
    assert values_of(resumed, 0, 1) == values_of(queue, 0, 1) == ([2, 4, 5], [0, 0, 1])


def test_two_processes_have_the_same_queue(tmp_path):
    printed, ended = in_two_processes(push_as_a_process, tmp_path)
    assert ended, printed
    # each pushes its rank and 10 + its rank, rank 0 first; the last three stay
    assert printed == ["[1.0, 10.0, 11.0] 3\n"] * 2


def push_as_a_process(rank):
    torch.distributed.init_process_group("gloo")
    queue = ExemplarQueue(1, 3, 1, 1)
    queue.push(numbered(rank, 10 + rank), torch.tensor([0, 0]))
    queue.push(numbered(), torch.tensor([], dtype=torch.long))
    print(values_of(queue, 0)[0], len(queue))
    torch.distributed.destroy_process_group()


def test_a_size_of_0_is_refused():
    with pytest.raises(ValueError, match="ExemplarQueue: size=0 must be a whole number"):
        ExemplarQueue(2, 0, 1, 1)
