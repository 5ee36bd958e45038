"""D3Q on DINO: any batch, any number of objects, and what the public code does in their place."""

import copy
import logging

import pytest
import torch
from config_tree import CONFIGS, load
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import InstanceData
from torch.nn.parallel import DistributedDataParallel
from two_processes import in_two_processes

from tinydet.errors import InputError
from tinydet.log import quiet
from tinydet.task_modules.density_target import density_target

SIDE = 64  # px; 8 x 8, 4 x 4 and 2 x 2 places
SHAPES = [(64, 64), (48, 64), (64, 40)]
SELECTORS = {
    "d3q": dict(type="tinydet.DensityQueryCount", ratio=2, minimum=5),
    "paqi": dict(type="tinydet.PAQI", minimum=5, window=2, dense=0.5),
}


def build(idea="d3q", **changes):
    model = copy.deepcopy(load(CONFIGS / "d3q/dino_r18_d3q_14e_synthetic.py").config.model)
    model.bbox_head.update(changes.pop("bbox_head", {}))
    model.update(dict(num_queries=40, query_selector=SELECTORS[idea]) | changes)
    with DefaultScope.overwrite_default_scope("mmdet"), quiet(logging.WARNING):
        torch.manual_seed(0)
        detector = MODELS.build(model)
        detector.init_weights()
    # An untrained density is the same everywhere: these weights let it depend on the image.
    torch.nn.init.normal_(detector.bbox_head.density_head.layers[-1].weight, std=0.3)
    return detector.eval()


def images(count=3):
    """Return images of which nothing, a half and the whole is noise."""
    noise = torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    for i, image in enumerate(noise):
        image[:, :, SIDE * i // 2 :] = 0
    return noise


def samples(objects=(3, 0, 1), shapes=None):
    found = []
    for i, number in enumerate(objects):
        shape = (shapes or [(SIDE, SIDE)] * len(objects))[i]
        sample = DetDataSample(
            metainfo=dict(
                img_shape=shape, batch_input_shape=(SIDE, SIDE), scale_factor=(1.0, 1.0), img_id=i
            )
        )
        corner = torch.arange(float(number))[:, None] * 7 + 3
        boxes = torch.cat([corner, corner, corner + 9, corner + 6], 1)
        sample.gt_instances = InstanceData(bboxes=boxes, labels=torch.arange(number) % 8)
        found.append(sample)
    return found


def loss_of(detector, objects):
    losses = detector.train().loss(images(len(objects)), samples(objects))
    detector.eval()
    return detector.parse_losses(losses)[0]


def no_gradient(detector):
    """Return the names of the parameters that a step leaves out, on which distribution stops."""
    named = detector.named_parameters()
    return [name for name, value in named if value.requires_grad and value.grad is None]


@pytest.fixture(scope="module")
def detector():
    return build()


@pytest.mark.parametrize("idea", SELECTORS)
@pytest.mark.parametrize("shapes", [None, SHAPES], ids=["one size", "padded"])
@torch.no_grad()
def test_an_image_of_a_batch_is_as_alone(idea, shapes):
    detector = build(idea)
    batch = images()
    for image, (height, width) in zip(batch, shapes or [], strict=bool(shapes)):
        image[:, height:] = image[:, :, width:] = 0  # as the preprocessor pads smaller images
    together = detector.predict(batch, samples(shapes=shapes))
    alone = [
        detector.predict(batch[i : i + 1], [sample])[0]
        for i, sample in enumerate(samples(shapes=shapes))
    ]
    counts = [len(one.pred_instances) for one in together]
    assert len(set(counts)) > 1, "nothing was padded"
    for one, other in zip(together, alone, strict=True):
        ours, theirs = one.pred_instances, other.pred_instances
        assert len(ours) == len(theirs)
        assert torch.allclose(ours.scores, theirs.scores, atol=1e-4)
        assert torch.allclose(ours.bboxes, theirs.bboxes, atol=1e-4 * SIDE)


@torch.no_grad()
def test_without_the_mask_padding_would_change_an_image(detector, monkeypatch):
    monkeypatch.setattr("tinydet.models.detectors.d3q_dino.self_attention_mask", lambda *_: None)
    together = detector.predict(images(), samples())
    differences = []
    for i, one in enumerate(together):
        (alone,) = detector.predict(images()[i : i + 1], samples()[i : i + 1])
        differences.append((one.pred_instances.scores - alone.pred_instances.scores).abs().max())
    assert max(differences) > 1e-4


@torch.no_grad()
def test_the_public_code_takes_one_image():
    published = build(as_published=True)
    (alone,) = published.predict(images()[:1], samples()[:1])
    assert len(alone.pred_instances) >= 5
    with pytest.raises(InputError, match="as_published=True takes one image a batch, not 3; set"):
        published.predict(images(), samples())


def test_the_public_code_matches_all_proposals_of_the_encoder():
    published = build(as_published=True, bbox_head=dict(density=dict(as_published=True)))
    seen = []
    matched = published.bbox_head.proposal_loss.assigner.assign
    published.bbox_head.proposal_loss.assigner.assign = lambda pred_instances, **rest: (
        seen.append(len(pred_instances)) or matched(pred_instances=pred_instances, **rest)
    )
    assert torch.isfinite(loss_of(published, [3]))
    assert seen == [84]


def given(detector, part):
    """Return what a part gets from a picture of 48 x 64 px that is padded to 64 x 64."""
    seen = []
    hook = part.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append((*args, kwargs)), with_kwargs=True
    )
    detector.predict(images(3)[2:], samples([0], [(48, SIDE)]))
    hook.remove()
    return seen[0]


@torch.no_grad()
def test_the_public_code_shows_the_density_a_blanked_memory(detector):
    def padding(one):
        return given(one, one.bbox_head.density_head)[0][0, 48:64]  # two rows of the finest map

    assert padding(detector).std(0).max() > 0.01
    assert padding(build(as_published=True)).std(0).max() == 0


@torch.no_grad()
def test_the_public_code_makes_queries_of_padding(detector):
    assert (given(detector, detector.decoder)[-1]["reference_points"] < 1).all()
    every = dict(type="tinydet.DensityQueryCount", ratio=2, minimum=84)
    published = build(as_published=True, query_selector=every, num_queries=84)
    boxes = given(published, published.decoder)[-1]["reference_points"]
    assert (boxes == 1).any(), "infinite before the sigmoid"


@torch.no_grad()
def test_no_proposal_of_padding_becomes_a_query(detector):
    seen = []
    hook = detector.decoder.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["reference_points"]), with_kwargs=True
    )
    detector.predict(images(), samples(shapes=SHAPES))
    hook.remove()
    assert (seen[0] < 1).all()  # those of padding are at infinity before the sigmoid


@pytest.mark.parametrize("objects", [(3, 0, 1), (0, 0), (2,)])
def test_every_parameter_learns_whatever_the_batch_holds(objects):
    detector = build()
    loss = loss_of(detector, objects)
    loss.backward()
    assert torch.isfinite(loss)
    assert no_gradient(detector) == []
    assert all(p.grad.isfinite().all() for p in detector.parameters() if p.grad is not None)


def test_mixed_precision(detector):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = loss_of(detector, (3, 0))
    detector.zero_grad()
    loss.backward()
    assert torch.isfinite(loss)
    assert no_gradient(detector) == []


def test_padding_has_no_part_in_the_loss(detector):
    head = detector.bbox_head.proposal_loss
    random = torch.Generator().manual_seed(0)
    scores = torch.randn(2, 9, 8, generator=random)
    boxes = torch.rand(2, 9, 4, generator=random) / 2 + 0.1
    objects = [sample.gt_instances for sample in samples((3, 1))]
    metas = [dict(img_shape=(SIDE, SIDE), num_queries=count) for count in (9, 5)]
    with_padding = head.loss_by_feat_single(scores, boxes, objects, metas)
    scores[1, 5:], boxes[1, 5:] = 9.0, 0.9
    changed = head.loss_by_feat_single(scores, boxes, objects, metas)
    assert all(map(torch.equal, with_padding, changed))


def test_denoising_queries_that_stand_for_no_object_are_padding(detector):
    noisy = detector.dn_query_generator(samples((3, 0, 1)), 5)
    groups = noisy.meta["num_denoising_groups"]
    assert noisy.hidden.shape == (len(noisy.valid[0]) + 5,) * 2
    assert noisy.valid.sum(1).tolist() == [6 * groups, 0, 2 * groups]
    assert noisy.valid[2, :6].tolist() == [True, False, False, True, False, False]
    meta = dict(img_shape=(SIDE, SIDE))
    for sample, valid in zip(samples((3, 0, 1)), noisy.valid, strict=True):
        weights = detector.bbox_head._get_dn_targets_single(sample.gt_instances, meta, noisy.meta)[
            1
        ]
        assert torch.equal(weights.bool(), valid)


def test_the_density_is_learned_over_the_objects(detector):
    logits = torch.full((8, 8), -2.0)
    objects = [sample.gt_instances for sample in samples((2,))]
    ours = detector.bbox_head.density_head.loss([logits], objects, (8.0, 8.0))
    target = density_target(objects[0].bboxes, (8, 8), (8.0, 8.0)).double()
    p = torch.tensor(-2.0).double().sigmoid()
    entropy = -(target * p.log() + (1 - target) * (1 - p).log())
    expected = (entropy * (target - p) ** 2).sum() / 2
    assert ours.item() == pytest.approx(expected.item(), rel=1e-5)


def test_detections_are_as_many_as_queries_or_as_allowed(detector):
    assert detector.bbox_head.max_per_img == 300
    fewer = build(test_cfg=dict(max_per_img=4))
    with torch.no_grad():
        (found,) = fewer.predict(images()[:1], samples()[:1])
    assert len(found.pred_instances) == 4
    assert (found.pred_instances.scores.diff() <= 0).all()


def test_more_queries_than_proposals_are_refused():
    detector = build()
    detector.num_queries = 90
    sentence = (
        r"num_queries=90 is over the 84 proposals of an image \(maps of 8 x 8, 4 x 4, 2 x 2\); "
        "set model.num_queries to at most 84, or enlarge the images"
    )
    with pytest.raises(InputError, match=sentence):
        detector.predict(images()[:1], samples()[:1])


def test_a_minimum_over_the_maximum_is_refused():
    with pytest.raises(ValueError, match="DensityQueryCount: minimum=5 is over num_queries=4"):
        build(num_queries=4)


def test_two_processes_of_which_one_sees_no_object(tmp_path):
    def step(rank):
        torch.distributed.init_process_group("gloo")
        detector = build().train()
        wrapped = DistributedDataParallel(detector)
        losses = wrapped(images(2), samples([(3, 1), (0, 0)][rank]), mode="loss")
        detector.parse_losses(losses)[0].backward()
        norms = [p.grad.norm().item() for p in detector.parameters() if p.grad is not None]
        print(no_gradient(detector), round(sum(norms), 3))

    texts, ended = in_two_processes(step, tmp_path)
    assert ended, texts
    last = [text.splitlines()[-1] for text in texts]
    assert last[0] == last[1]
    assert last[0].startswith("[]")
