"""SARL on maps alone: identity at the start, the relay, any levels and sizes, graphs of it."""

import copy
import io

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from tinydet.models.necks import SARL

CHANNELS = [4, 6, 8, 12]


def levels(channels=CHANNELS, height=32, width=24, batch=2):
    """Return maps of strides 1, 2, 4, …; sizes are rounded up as stride-2 convolutions do."""
    return tuple(
        torch.randn(batch, count, -(-height // 2**level), -(-width // 2**level))
        for level, count in enumerate(channels)
    )


def awake(**options):
    """Return a SARL whose norms have left zero."""
    torch.manual_seed(0)
    neck = SARL(CHANNELS, **options)
    for enhancement in neck.enhancements:
        nn.init.ones_(enhancement.norm.weight)
    return neck


@pytest.mark.parametrize("training", [True, False])
def test_it_starts_as_the_identity(training):
    inputs = levels()
    neck = SARL(CHANNELS).train(training)
    neck.init_weights()
    assert all(torch.equal(*pair) for pair in zip(neck(inputs), inputs, strict=True))


def test_gradients_reach_every_weight_after_the_first_step():
    torch.manual_seed(0)
    neck = SARL(CHANNELS)
    optimizer = torch.optim.SGD(neck.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        sum((output - 1).square().mean() for output in neck(levels())).backward()
        reached = {name for name, value in neck.named_parameters() if value.grad.any()}
        if not neck.enhancements[0].norm.weight.any():
            assert all(".norm." in name for name in reached)
        optimizer.step()
    # A hidden unit of ReLU may be closed to both statistics of both images; a weight may not.
    assert reached >= {name for name, _ in neck.named_parameters() if "channel_gate.0" not in name}


def test_each_level_is_itself_plus_what_the_finished_level_above_relays():
    neck, inputs = awake().eval(), levels()
    outputs = neck(inputs)
    assert torch.equal(outputs[-1], inputs[-1])
    for level in range(len(inputs) - 1):
        gated = neck.interactions[level](inputs[level], outputs[level + 1])
        expected = inputs[level] + neck.enhancements[level](gated)
        torch.testing.assert_close(outputs[level], expected)


def test_semantics_go_down_to_the_finest_level_and_never_up():
    neck, inputs = awake().eval(), levels()
    before = neck(inputs)
    for changed in range(len(inputs)):
        after = neck([x + (level == changed) for level, x in enumerate(inputs)])
        differs = [not torch.equal(*pair) for pair in zip(before, after, strict=True)]
        assert differs == [level <= changed for level in range(len(inputs))]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (19, 16)])
def test_any_number_of_levels_of_any_size(count, height, width):
    channels = [4, 8, 8, 6, 3][:count]
    inputs = levels(channels, height, width)
    outputs = SARL(channels)(inputs)
    assert [output.shape for output in outputs] == [x.shape for x in inputs]


def test_levels_below_the_start_pass_through_and_cost_nothing():
    neck, rest = awake(start_level=1), SARL(CHANNELS[1:])
    rest.load_state_dict(neck.state_dict())
    inputs = levels()
    outputs = neck(inputs)
    assert outputs[0] is inputs[0]
    for output, wanted in zip(outputs[1:], rest(inputs[1:]), strict=True):
        torch.testing.assert_close(output, wanted)


def test_a_dilated_backbone_whose_levels_keep_their_size():
    inputs = (torch.randn(2, 4, 8, 8), torch.randn(2, 6, 8, 8))
    assert SARL([4, 6])(inputs)[0].shape == (2, 4, 8, 8)


def test_it_learns_over_a_frozen_backbone():
    backbone = nn.Conv2d(3, 4, 3, stride=2).requires_grad_(False)
    fine = backbone(torch.randn(2, 3, 33, 33))
    neck = SARL([4, 6])
    sum(output.sum() for output in neck((fine, torch.randn(2, 6, 8, 8)))).backward()
    assert neck.enhancements[0].norm.bias.grad.all()
    assert backbone.weight.grad is None


def test_the_same_seed_gives_the_same_gradients():
    inputs, gradients = levels(), []
    for _ in range(2):
        neck = awake()
        sum(output.square().sum() for output in neck(inputs)).backward()
        gradients.append([parameter.grad for parameter in neck.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_is_close_to_float32_and_trains(dtype):
    neck, inputs = awake(), levels()
    expected = copy.deepcopy(neck)(inputs)
    with torch.autocast("cpu", dtype=dtype):
        outputs = neck([x.to(dtype) for x in inputs])
    sum(output.float().square().mean() for output in outputs).backward()
    for output, wanted in zip(outputs, expected, strict=True):
        assert output.dtype == dtype
        assert (output.float() - wanted).abs().mean() < 0.02
    assert all(torch.isfinite(parameter.grad).all() for parameter in neck.parameters())


def test_a_trace_holds_for_other_sizes():
    neck = awake().eval()
    trace = torch.jit.trace(neck, (levels(),))
    inputs = levels(height=41, width=64, batch=3)
    for traced, output in zip(trace(inputs), neck(inputs), strict=True):
        torch.testing.assert_close(traced, output)


def test_torch_export_gives_the_same_numbers():
    neck, inputs = awake().eval(), levels()
    exported = torch.export.export(neck, (inputs,)).module()
    for output, wanted in zip(exported(inputs), neck(inputs), strict=True):
        torch.testing.assert_close(output, wanted)


@pytest.mark.parametrize("height", [32, 41])
def test_onnx_gives_the_same_numbers(height):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    neck, inputs = awake().eval(), levels(height=height)
    file = io.BytesIO()
    torch.onnx.export(neck, (inputs,), file, dynamo=False, input_names=["a", "b", "c", "d"])
    session = runtime.InferenceSession(file.getvalue())
    feed = {name: x.numpy() for name, x in zip("abcd", inputs, strict=True)}
    given = [name.name for name in session.get_inputs()]
    outputs = session.run(None, {name: feed[name] for name in given})
    for output, wanted in zip(outputs, neck(inputs), strict=True):
        torch.testing.assert_close(torch.from_numpy(output), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (dict(in_channels=256), "in_channels=256"),
        (dict(in_channels=[]), "in_channels"),
        (dict(in_channels=[256, 0]), "in_channels"),
        (dict(in_channels=[256, 512.0]), "in_channels"),
        (dict(in_channels="256"), "in_channels"),
        (dict(in_channels=[8, 8], start_level=2), "start_level=2"),
        (dict(in_channels=[8, 8], start_level=-1), "start_level=-1"),
        (dict(in_channels=[8, 8], reduction=0), "reduction=0"),
        (dict(in_channels=[8, 8], groups=1.5), "groups=1.5"),
        (dict(in_channels=[8, 8], norm_cfg=None), "norm_cfg"),
    ],
)
def test_bad_arguments_are_named(options, named):
    with pytest.raises(ValueError, match=named):
        SARL(**options)


def test_levels_that_do_not_fit_are_told_apart():
    neck = SARL([4, 6, 8])
    fine, middle, coarse = levels([4, 6, 8], 16, 16)
    with pytest.raises(ValueError, match=r"in_channels=\[4, 6, 8\].* \[4, 6\] channels"):
        neck((fine, middle))
    with pytest.raises(ValueError, match=r"\[8, 6, 4\] channels"):
        neck((coarse, middle, fine))
    with pytest.raises(ValueError, match="fine to coarse"):
        SARL([4, 4])((torch.rand(1, 4, 8, 8), torch.rand(1, 4, 16, 16)))


@pytest.mark.parametrize("scope", ["mmdet", "mmyolo"])
def test_configs_of_both_families_can_name_it(scope):
    pytest.importorskip(scope)
    config = dict(type="tinydet.SARL", in_channels=CHANNELS, _scope_=scope)
    assert isinstance(MODELS.build(config), SARL)
