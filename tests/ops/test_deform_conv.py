"""Deformable convolutions beside mmcv's compiled ones: values and gradients."""

import pytest
import torch
from comparing import calling, outcome
from mmcv.ops import DeformConv2d, ModulatedDeformConv2d, deform_conv2d, modulated_deform_conv2d
from torch.nn.functional import conv2d

pytestmark = pytest.mark.usefixtures("torchvision_ops")

# kernel, stride, padding, dilation, groups, deformable groups; heights before widths
GEOMETRIES = [
    ((3, 3), 1, 1, 1, 1, 1),
    ((3, 3), 2, 1, 1, 1, 1),
    ((3, 3), 1, 3, 3, 1, 1),  # SAC's second convolution
    ((3, 3), 1, 1, 1, 2, 1),
    ((3, 3), 1, 1, 1, 1, 4),
    ((3, 3), 1, 1, 1, 4, 2),
    ((1, 1), 1, 0, 1, 4, 4),
    ((1, 3), (2, 1), (0, 2), (1, 2), 1, 2),
    ((5, 2), (1, 3), (2, 1), (1, 1), 2, 2),
]


def problem(geometry, images=2, dtype=torch.float32, spread=2.0, modulated=False):
    """Input, offset, weight (and mask and bias); offsets of zero put samples on the grid."""
    generator = torch.Generator().manual_seed(0)
    kernel, stride, padding, dilation, groups, deform_groups = geometry

    def random(*shape):
        return torch.randn(*shape, generator=generator).to(dtype).requires_grad_()

    x, weight = random(images, 8, 9, 11), random(4, 8 // groups, *kernel)
    height, width = conv2d(x[:1], weight, None, stride, padding, dilation, groups).shape[2:]
    taps = deform_groups * kernel[0] * kernel[1]
    offset = (spread * random(images, 2 * taps, height, width)).detach().requires_grad_()
    if not modulated:
        return x, offset, weight
    mask = random(images, taps, height, width).detach().sigmoid().requires_grad_()
    return x, offset, mask, weight, random(4)


def plain(geometry):
    return lambda x, offset, weight: deform_conv2d(x, offset, weight, *geometry[1:])


def modulated(geometry):
    return lambda x, offset, mask, weight, bias: modulated_deform_conv2d(
        x, offset, mask, weight, bias, *geometry[1:]
    )


@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize("spread", [0.0, 0.5, 4.0, 20.0])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_settings(compare, geometry, spread, images):
    tensors = problem(geometry, images, spread=spread)
    compare("deform_conv2d", plain(geometry), *tensors, tolerance=1e-5)
    tensors = problem(geometry, images, spread=spread, modulated=True)
    compare("modulated_deform_conv2d", modulated(geometry), *tensors, tolerance=1e-5)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_double(compare, geometry):
    tensors = problem(geometry, dtype=torch.float64)
    compare("deform_conv2d", plain(geometry), *tensors, tolerance=1e-12)
    tensors = problem(geometry, dtype=torch.float64, modulated=True)
    compare("modulated_deform_conv2d", modulated(geometry), *tensors, tolerance=1e-12)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_offsets_of_whole_cells(compare, geometry):
    """Samples on the grid and its borders, where the derivative jumps."""
    x, offset, *others = problem(geometry, modulated=True)
    offset = offset.detach().round().requires_grad_()
    compare("deform_conv2d", plain(geometry), x, offset, others[1], tolerance=1e-5)
    tensors = (x, offset, *others)
    compare("modulated_deform_conv2d", modulated(geometry), *tensors, tolerance=1e-5)


def test_without_a_bias(compare):
    tensors = problem(GEOMETRIES[0], modulated=True)[:4]
    compare(
        "modulated_deform_conv2d",
        lambda x, offset, mask, weight: modulated_deform_conv2d(
            x, offset, mask, weight, None, *GEOMETRIES[0][1:]
        ),
        *tensors,
        tolerance=1e-5,
    )


@pytest.mark.parametrize("wanted", range(3))
def test_gradients_of_one_tensor_alone(compare, wanted):
    """mmcv asks for the weight's gradient alone, or for the others' alone."""
    tensors = [tensor.detach() for tensor in problem(GEOMETRIES[4])]
    tensors[wanted].requires_grad_()
    compare("deform_conv2d", plain(GEOMETRIES[4]), *tensors, tolerance=1e-5)


def test_gradients_twice(stand_in):
    """What the first pass leaves behind is not taken for the second one's."""
    tensors = problem(GEOMETRIES[0])
    with calling(stand_in):
        value = plain(GEOMETRIES[0])(*tensors)
        first = torch.autograd.grad(value.sum(), tensors, retain_graph=True)
        second = torch.autograd.grad((2 * value).sum(), tensors)
    for once, twice in zip(first, second, strict=True):
        torch.testing.assert_close(twice, 2 * once)


def test_no_images(compiled, stand_in):
    """mmcv refuses them before it calls either."""
    for extension in (compiled, stand_in):
        with calling(extension), pytest.raises(ValueError, match="0x4x9x11"):
            modulated(GEOMETRIES[0])(*problem(GEOMETRIES[0], images=0, modulated=True))


@pytest.mark.parametrize("step", [1, 2, 32])
def test_images_at_a_time(compare, step):
    """mmcv unrolls ``im2col_step`` images at once; the result is the same."""
    geometry = (*GEOMETRIES[0][1:], False, step)
    tensors = problem(GEOMETRIES[0], images=4)
    compare(
        "deform_conv2d", lambda x, o, w: deform_conv2d(x, o, w, *geometry), *tensors, tolerance=1e-5
    )


@pytest.mark.parametrize("kind", [plain, modulated])
def test_half_precision(compare, compiled, stand_in, kind):
    """As float32 of the rounded tensors, itself rounded.

    mmcv's own half keeps two digits. It rounds places onto cells, where the offset's gradient
    jumps, so that this one has nothing to be compared with.
    """
    geometry = GEOMETRIES[4]
    tensors = problem(geometry, dtype=torch.float16, spread=0.5, modulated=kind is modulated)
    name = "deform_conv2d" if kind is plain else "modulated_deform_conv2d"
    x, offset, *others = tensors
    compare(f"{name} in half", kind(geometry), x, offset.detach(), *others, tolerance=0.1)
    found, gradients = outcome(kind(geometry), tensors, stand_in)
    wide = [tensor.detach().float().requires_grad_() for tensor in tensors]
    expected, expected_gradients = outcome(kind(geometry), wide, compiled)
    torch.testing.assert_close(found, expected.half(), rtol=1e-3, atol=1e-4)
    for one, other in zip(gradients, expected_gradients, strict=True):
        scale = other.abs().max().item()
        torch.testing.assert_close(one.float(), other, rtol=1e-3, atol=1e-3 * scale)


@pytest.mark.parametrize("layer", [DeformConv2d, ModulatedDeformConv2d])
def test_autocast(stand_in, layer):
    """The offset, which a convolution under autocast makes, decides about the number format."""
    torch.manual_seed(0)
    convolution = layer(8, 4, 3, padding=1)
    x, offset, *others = problem(GEOMETRIES[0], modulated=layer is ModulatedDeformConv2d)
    tensors = (x, offset.detach().bfloat16().requires_grad_(), *others[:-2])
    with calling(stand_in):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = convolution(*tensors)
        assert value.dtype == torch.bfloat16
        value.float().square().mean().backward()
        expected = convolution(*(tensor.detach().float() for tensor in tensors))
    torch.testing.assert_close(value.float(), expected, rtol=2e-2, atol=2e-2)
    assert [tensor.grad.dtype for tensor in tensors] == [tensor.dtype for tensor in tensors]
    assert convolution.weight.grad.dtype == torch.float32
    assert convolution.weight.grad.any()


def test_other_orders_of_memory(compiled, stand_in):
    x, offset, weight = problem(GEOMETRIES[0])
    expected, gradients = outcome(plain(GEOMETRIES[0]), (x, offset, weight), compiled)
    other = [t.detach().to(memory_format=torch.channels_last) for t in (x, offset, weight)]
    other = [tensor.requires_grad_() for tensor in other]
    found, found_gradients = outcome(plain(GEOMETRIES[0]), other, stand_in)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    for one, another in zip(found_gradients, gradients, strict=True):
        torch.testing.assert_close(one, another, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("geometry", [GEOMETRIES[0], GEOMETRIES[7]], ids=str)
def test_gradient(stand_in, geometry):
    x, offset, mask, weight, bias = problem(
        geometry, images=1, dtype=torch.float64, spread=0.3, modulated=True
    )
    small = x.detach()[:, :, :4, :5].requires_grad_()
    rows, columns = conv2d(small, weight, None, *geometry[1:5]).shape[2:]
    offset, mask = (t.detach()[:, :, :rows, :columns].requires_grad_() for t in (offset, mask))
    with calling(stand_in):
        assert torch.autograd.gradcheck(plain(geometry), (small, offset, weight))
        assert torch.autograd.gradcheck(modulated(geometry), (small, offset, mask, weight, bias))
