"""What the published files of weights hold: names and shapes, not taken from the models here.

Written from the papers' tables, the authors' naming and logs that others have published; the
tensors are made up. Each has one value throughout, different from all others', so that a tensor in
a wrong place is seen; ``expand`` keeps the files small.
"""

import torch

BATCH_NORM = ("weight", "bias", "running_mean", "running_var")


def convolution(name, out_channels, in_channels, kernel, bias=False):
    yield f"{name}.weight", (out_channels, in_channels, kernel, kernel)
    if bias:
        yield f"{name}.bias", (out_channels,)


def norm(name, channels):
    for kind in BATCH_NORM:
        yield f"{name}.{kind}", (channels,)


def layer_norm(name, channels):
    yield f"{name}.weight", (channels,)
    yield f"{name}.bias", (channels,)


def linear(name, out_channels, in_channels):
    yield f"{name}.weight", (out_channels, in_channels)
    yield f"{name}.bias", (out_channels,)


def resnet(blocks, bottleneck):
    """torchvision's ResNet without its classifier, arXiv:1512.03385, Table 1."""
    yield from convolution("conv1", 64, 3, 7)
    yield from norm("bn1", 64)
    expansion, entering = (4, 64) if bottleneck else (1, 64)
    for stage, count in enumerate(blocks, start=1):
        width = 64 * 2 ** (stage - 1)
        leaving = width * expansion
        kernels = (1, 3, 1) if bottleneck else (3, 3)
        channels = (width, width, leaving) if bottleneck else (width, width)
        for block in range(count):
            name, before = f"layer{stage}.{block}", entering
            for number, (after, kernel) in enumerate(zip(channels, kernels, strict=True), 1):
                yield from convolution(f"{name}.conv{number}", after, before, kernel)
                yield from norm(f"{name}.bn{number}", after)
                before = after
            if entering != leaving:
                yield from convolution(f"{name}.downsample.0", leaving, entering, 1)
                yield from norm(f"{name}.downsample.1", leaving)
            entering = leaving


def torchvision_resnet50():
    yield from resnet((3, 4, 6, 3), bottleneck=True)
    yield from linear("fc", 1000, 2048)


def torchvision_resnet101():
    yield from resnet((3, 4, 23, 3), bottleneck=True)
    yield from linear("fc", 1000, 2048)


def torchvision_resnet18():
    yield from resnet((2, 2, 2, 2), bottleneck=False)
    yield from linear("fc", 1000, 512)


def caffe_resnet50():
    """Converted from Detectron's R-50.pkl.

    No classifier, and a bias of conv1 that nothing takes (ligang-cs/PseCo#7).
    """
    yield from resnet((3, 4, 6, 3), bottleneck=True)
    yield "conv1.bias", (64,)


def caffe_vgg16():
    """VGG-16 with fc6 and fc7 as convolutions, arXiv:1512.02325, section 3.

    Numbers are places in a Sequential of convolutions, ReLUs and pools, of which the last has
    stride 1. Nothing of ``features`` was missing and nothing left over in published logs
    (open-mmlab/mmdetection#3405).
    """
    place, before = 0, 3
    for count, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(count):
            yield from convolution(f"features.{place}", width, before, 3, bias=True)
            place, before = place + 2, width
        place += 1  # the pool
    yield from convolution(f"features.{place}", 1024, 512, 3, bias=True)
    yield from convolution(f"features.{place + 2}", 1024, 1024, 1, bias=True)


def darknet53():
    """arXiv:1804.02767, Table 1; names as in the log of open-mmlab/mmdetection#8932."""

    def layer(name, out_channels, in_channels, kernel):
        yield from convolution(f"{name}.conv", out_channels, in_channels, kernel)
        yield from norm(f"{name}.bn", out_channels)

    yield from layer("conv1", 32, 3, 3)
    for stage, count in enumerate((1, 2, 8, 8, 4), start=1):
        width = 32 * 2**stage
        yield from layer(f"conv_res_block{stage}.conv", width, width // 2, 3)
        for block in range(count):
            name = f"conv_res_block{stage}.res{block}"
            yield from layer(f"{name}.conv1", width // 2, width, 1)
            yield from layer(f"{name}.conv2", width, width // 2, 3)


def res2net50():
    """The authors' Res2Net-50 v1b, 26w x 4s, arXiv:1904.01169, with the stem of ResNet-D."""
    for place, (after, before) in zip((0, 3, 6), ((32, 3), (32, 32), (64, 32)), strict=True):
        yield from convolution(f"conv1.{place}", after, before, 3)
    yield from (*norm("conv1.1", 32), *norm("conv1.4", 32), *norm("bn1", 64))
    entering = 64
    for stage, count in enumerate((3, 4, 6, 3), start=1):
        width, leaving = 26 * 2 ** (stage - 1), 256 * 2 ** (stage - 1)
        for block in range(count):
            name = f"layer{stage}.{block}"
            yield from convolution(f"{name}.conv1", 4 * width, entering, 1)
            yield from norm(f"{name}.bn1", 4 * width)
            for part in range(3):
                yield from convolution(f"{name}.convs.{part}", width, width, 3)
                yield from norm(f"{name}.bns.{part}", width)
            yield from convolution(f"{name}.conv3", leaving, 4 * width, 1)
            yield from norm(f"{name}.bn3", leaving)
            if block == 0:  # downsample.0 is a pool
                yield from convolution(f"{name}.downsample.1", leaving, entering, 1)
                yield from norm(f"{name}.downsample.2", leaving)
            entering = leaving
    yield from linear("fc", 1000, 2048)


def dla34():
    """The authors' DLA-34, arXiv:1707.06484, Fig. 3; level 3 and 4 have projections for nothing."""

    def layer(convolution_name, norm_name, after, before, kernel):
        yield from convolution(convolution_name, after, before, kernel)
        yield from norm(norm_name, after)

    def leaf(name, after, before, root):
        for block, entering in (("tree1", before), ("tree2", after)):
            yield from layer(f"{name}.{block}.conv1", f"{name}.{block}.bn1", after, entering, 3)
            yield from layer(f"{name}.{block}.conv2", f"{name}.{block}.bn2", after, after, 3)
        yield from layer(f"{name}.root.conv", f"{name}.root.bn", after, root, 1)
        if before != after:
            yield from layer(f"{name}.project.0", f"{name}.project.1", after, before, 1)

    yield from layer("base_layer.0", "base_layer.1", 16, 3, 7)
    yield from layer("level0.0", "level0.1", 16, 16, 3)
    yield from layer("level1.0", "level1.1", 32, 16, 3)
    yield from leaf("level2", 64, 32, 128)
    for level, before in ((3, 64), (4, 128)):
        name, after = f"level{level}", 2 * before
        yield from leaf(f"{name}.tree1", after, before, 2 * after)
        # Its own two results, the pooled input of the level, and the first tree's result.
        yield from leaf(f"{name}.tree2", after, after, 3 * after + before)
        yield from layer(f"{name}.project.0", f"{name}.project.1", after, before, 1)
    yield from leaf("level5", 512, 256, 2 * 512 + 256)
    yield from convolution("fc", 1000, 512, 1, bias=True)


def mobilenet_v2():
    """torchvision's MobileNetV2, arXiv:1801.04381, Table 2: what ``features`` counts."""

    def conv_norm(convolution_name, norm_name, after, before, kernel):
        yield from convolution(convolution_name, after, before, kernel)
        yield from norm(norm_name, after)

    yield from conv_norm("features.0.0", "features.0.1", 32, 3, 3)
    before, place = 32, 1
    table = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
    for factor, after, count in table:
        for _ in range(count):
            name, hidden, part = f"features.{place}.conv", before * factor, 0
            if factor > 1:
                yield from conv_norm(f"{name}.0.0", f"{name}.0.1", hidden, before, 1)
                part = 1
            yield from conv_norm(f"{name}.{part}.0", f"{name}.{part}.1", hidden, 1, 3)
            yield from conv_norm(f"{name}.{part + 1}", f"{name}.{part + 2}", after, hidden, 1)
            before, place = after, place + 1
    yield from conv_norm(f"features.{place}.0", f"features.{place}.1", 1280, before, 1)
    yield from linear("classifier.1", 1000, 1280)


def efficientnet_lite0():
    """efficientnet-lite-pytorch's Lite0: EfficientNet-B0, arXiv:1905.11946, Table 1, without SE."""
    yield from convolution("_conv_stem", 32, 3, 3)
    yield from norm("_bn0", 32)
    before, place = 32, 0
    for factor, after, count, kernel in LITE0:
        for _ in range(count):
            name, hidden = f"_blocks.{place}", before * factor
            if factor > 1:
                yield from convolution(f"{name}._expand_conv", hidden, before, 1)
                yield from norm(f"{name}._bn0", hidden)
            yield from convolution(f"{name}._depthwise_conv", hidden, 1, kernel)
            yield from norm(f"{name}._bn1", hidden)
            yield from convolution(f"{name}._project_conv", after, hidden, 1)
            yield from norm(f"{name}._bn2", after)
            before, place = after, place + 1
    yield from convolution("_conv_head", 1280, 320, 1)
    yield from norm("_bn1", 1280)
    yield from linear("_fc", 1000, 1280)


def yolov8_n():
    """mmyolo's names; widths 16 to 256 and one bottleneck a C2f, of two in stages 2 and 3.

    From the table of Ultralytics' ``yolov8.yaml`` at depth 0.33 and width 0.25, 80 classes.
    """

    def layer(name, out_channels, in_channels, kernel):
        yield from convolution(f"{name}.conv", out_channels, in_channels, kernel)
        yield from norm(f"{name}.bn", out_channels)

    def c2f(name, out_channels, in_channels, count):
        half = out_channels // 2
        yield from layer(f"{name}.main_conv", out_channels, in_channels, 1)
        yield from layer(f"{name}.final_conv", out_channels, (2 + count) * half, 1)
        for block in range(count):
            for part in (1, 2):
                yield from layer(f"{name}.blocks.{block}.conv{part}", half, half, 3)

    yield from layer("backbone.stem", 16, 3, 3)
    for stage, count in enumerate((1, 2, 2, 1), start=1):
        width = 16 * 2**stage
        yield from layer(f"backbone.stage{stage}.0", width, width // 2, 3)
        yield from c2f(f"backbone.stage{stage}.1", width, width, count)
    yield from layer("backbone.stage4.2.conv1", 128, 256, 1)
    yield from layer("backbone.stage4.2.conv2", 256, 4 * 128, 1)
    yield from c2f("neck.top_down_layers.0", 128, 256 + 128, 1)
    yield from c2f("neck.top_down_layers.1", 64, 128 + 64, 1)
    for number, width in enumerate((64, 128)):
        yield from layer(f"neck.downsample_layers.{number}", width, width, 3)
        yield from c2f(f"neck.bottom_up_layers.{number}", 2 * width, 3 * width, 1)
    for kind, width, last in (("cls", 80, 80), ("reg", 64, 64)):
        for level, before in enumerate((64, 128, 256)):
            name = f"bbox_head.head_module.{kind}_preds.{level}"
            yield from layer(f"{name}.0", width, before, 3)
            yield from layer(f"{name}.1", width, width, 3)
            yield from convolution(f"{name}.2", last, width, 1, bias=True)


def swin_tiny():
    """The authors' Swin-T, arXiv:2103.14030, with OpenMMLab's names; windows of 7 x 7 places."""
    places = 7 * 7
    yield from convolution("backbone.patch_embed.projection", 96, 3, 4, bias=True)
    yield from layer_norm("backbone.patch_embed.norm", 96)
    for stage, (blocks, heads) in enumerate(zip((2, 2, 6, 2), (3, 6, 12, 24), strict=True)):
        width = 96 * 2**stage
        for block in range(blocks):
            name = f"backbone.stages.{stage}.blocks.{block}"
            yield from (*layer_norm(f"{name}.norm1", width), *layer_norm(f"{name}.norm2", width))
            yield f"{name}.attn.w_msa.relative_position_bias_table", (13 * 13, heads)
            yield f"{name}.attn.w_msa.relative_position_index", (places, places)
            yield from linear(f"{name}.attn.w_msa.qkv", 3 * width, width)
            yield from linear(f"{name}.attn.w_msa.proj", width, width)
            yield from linear(f"{name}.ffn.layers.0.0", 4 * width, width)
            yield from linear(f"{name}.ffn.layers.1", width, 4 * width)
        if stage < 3:
            name = f"backbone.stages.{stage}.downsample"
            yield from layer_norm(f"{name}.norm", 4 * width)
            yield f"{name}.reduction.weight", (2 * width, 4 * width)
    yield from layer_norm("backbone.norm3", 768)
    yield from linear("head.fc", 1000, 768)


LITE0 = (  # expansion, channels, blocks, kernel
    *((1, 16, 1, 3), (6, 24, 2, 3), (6, 40, 2, 5), (6, 80, 3, 3)),
    *((6, 112, 3, 5), (6, 192, 4, 5), (6, 320, 1, 3)),
)

PUBLISHED = {
    "torchvision://resnet50": torchvision_resnet50,
    "torchvision://resnet101": torchvision_resnet101,
    "torchvision://resnet18": torchvision_resnet18,
    "open-mmlab://detectron/resnet50_caffe": caffe_resnet50,
    "open-mmlab://detectron2/resnet50_caffe": caffe_resnet50,
    "open-mmlab://vgg16_caffe": caffe_vgg16,
    "open-mmlab://darknet53": darknet53,
    "tinydet://res2net50_v1b_26w_4s": res2net50,
    "tinydet://dla34": dla34,
    "tinydet://mobilenet_v2": mobilenet_v2,
    "tinydet://efficientnet_lite0": efficientnet_lite0,
    "tinydet://yolov8_n_coco": yolov8_n,
    "tinydet://swin_tiny": swin_tiny,
}


def made_up(name):
    """Return tensors of the names and shapes of a published file."""
    return {
        key: torch.tensor(float(number)).expand(shape)
        for number, (key, shape) in enumerate(PUBLISHED[name](), start=1)
    }
