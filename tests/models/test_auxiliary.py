"""Losses and images of the parts of a detector that are no heads."""

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import nn
from two_processes import in_two_processes

from tinydet.models.auxiliary import leave_losses, take_losses
from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS
from tinydet.testing.matrix import COMPONENTS

LOSS = "loss_reconstruction"


class Curious(nn.Module):
    """A neck behind the host's that leaves a loss and keeps what it sees."""

    wants_images = True
    images = None

    def forward(self, inputs):
        self.seen = self.images
        leave_losses(self, dict(loss_own=inputs[0].square().mean()))
        return inputs


def detector(model=None):
    model = model or HOSTS["RetinaNet"].model()
    model.data_preprocessor.update(mean=[10.0, 20.0, 30.0], std=[2.0, 4.0, 8.0])
    detector = trial.build(model)
    detector.neck = nn.Sequential(detector.neck, Curious())
    return detector


def test_a_loss_reaches_the_losses_of_the_detector_and_its_weights():
    host = detector()
    losses = host(*trial.batch(False), mode="loss")
    assert {"loss_cls", "loss_bbox", "loss_own"} == set(losses)
    losses["loss_own"].backward()
    assert host.neck[0].lateral_convs[0].conv.weight.grad.any()
    assert take_losses(host) == {}


def test_a_part_sees_pixels_while_the_detector_runs():
    host = detector()
    raw = torch.randint(0, 256, (2, 3, 64, 64)).float()
    mean, std = host.data_preprocessor.mean, host.data_preprocessor.std
    _, samples = trial.batch(False)
    for sample in samples:
        sample.set_metainfo(dict(scale_factor=(1.0, 1.0)))
    for mode in ("loss", "predict", "tensor"):
        host.eval()((raw - mean) / std, samples, mode=mode)
        torch.testing.assert_close(host.neck[1].seen * 255, raw, rtol=0, atol=1e-4)
        assert host.neck[1].images is None


def test_two_parts_with_the_same_loss_are_refused():
    host = detector()
    host.neck.append(Curious())
    with pytest.raises(ValueError, match="another part of the model has a loss_own"):
        host(*trial.batch(False), mode="loss")


def step(rank):
    torch.distributed.init_process_group("gloo")
    host = trial.build(COMPONENTS["SR-TOD"].into(HOSTS["RetinaNet"]))
    model = MMDistributedDataParallel(host.train())  # stops at weights without a gradient
    wrapper = OptimWrapper(torch.optim.SGD(host.parameters(), 0.01))
    images, samples = trial.batch(False)
    part = dict(inputs=[images[rank] * 255], data_samples=[samples[rank]])
    for _ in range(2):
        logged = model.train_step(part, wrapper)
    total = sum(p.abs().sum().item() for p in host.parameters())
    print(LOSS in logged, f"{total:.6g}")


def test_two_processes_train_by_it(tmp_path):
    texts, ended = in_two_processes(step, tmp_path)
    assert ended, texts
    assert texts[0].splitlines()[-1] == texts[1].splitlines()[-1]
    assert texts[0].splitlines()[-1].startswith("True")
