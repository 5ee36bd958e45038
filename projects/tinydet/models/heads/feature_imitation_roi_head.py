"""CFINet's RoI head: RoI features weigh their channels, and poor ones imitate exemplary ones.

Paper: CFINet, arXiv:2308.09534; details from its public code (shaunyuan22/CFINet). 3x3 convolutions
squeeze an RoI feature to one vector, whose softmax weighs the channels before the R-CNN head. In
training, an embedding of this vector learns by InfoNCE: a poor object is drawn to exemplars of its
class, an exemplary one to shifted copies of itself, both away from other RoIs of the image.

Ours: objects that the sampler leaves out have no loss (the public code reads the features of other
RoIs in their place, or fails); an image without negatives or without objects is no special case;
the exemplars of a batch are stored after its losses; and see
:mod:`tinydet.models.layers.exemplar_queue` and :func:`tinydet.models.heads.imitation.copies_of`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.structures.bbox import bbox_overlaps
from mmengine.model import Sequential
from torch import Tensor, nn

from tinydet.arguments import check_count, check_number, described
from tinydet.models.heads.imitation import COPIES, choose, copies_of, instance_quality
from tinydet.models.layers.exemplar_queue import ExemplarQueue
from tinydet.registry import MODELS

HIDDEN, EMBEDDED = 512, 128  # channels of the embedding
FRACTIONS = (0.5, 0.25)  # of an object's samples that are positive, of low and medium quality
WEIGHTS = (0.5, 0.1, 0.05)  # of the losses of low, medium and high quality


@MODELS.register_module()
class FeatureImitationRoIHead(StandardRoIHead):
    """:class:`mmdet.models.StandardRoIHead` with feature imitation.

    Args:
        queue_size: Exemplars of each class.
        high_quality: Objects of this quality (mean of IoU times score) are exemplars ...
        min_proposals: ... if at least so many proposals were sampled.
        medium_quality: Objects below this quality are of low quality.
        min_score: Proposals with a lower score do not count.
        samples: Samples of each object, at most as many as the image has negative proposals.
        loss_imitation: The contrastive loss.
        norm_cfg: Norm of the squeezing convolutions.
        as_published: See :class:`~tinydet.models.layers.exemplar_queue.ExemplarQueue`.
        **kwargs: All arguments of mmdet's head.

    Raises:
        ValueError: An argument is out of range, or the side of an RoI feature is even.
    """

    def __init__(
        self,
        *args,
        queue_size: int = 256,
        high_quality: float = 0.65,
        min_proposals: int = 8,
        medium_quality: float = 0.25,
        min_score: float = 0.05,
        samples: int = 128,
        loss_imitation: dict = dict(type="tinydet.InfoNCELoss", temperature=0.6, loss_weight=0.5),
        norm_cfg: dict | None = dict(type="GN", num_groups=32),
        as_published: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.high_quality = check_number(self, "high_quality", high_quality, "(0, 1]")
        self.medium_quality = check_number(self, "medium_quality", medium_quality, "[0, 1]")
        self.min_score = check_number(self, "min_score", min_score, "[0, 1]")
        self.min_proposals = check_count(self, "min_proposals", min_proposals)
        self.samples = check_count(self, "samples", samples)
        channels = self.bbox_roi_extractor.out_channels
        side = self.bbox_roi_extractor.roi_layers[0].output_size[0]
        if side % 2 == 0:
            raise ValueError(
                f"{described(self, 'roi_layer.output_size', side)} is even; 3x3 convolutions "
                "squeeze an odd side, such as 7, to 1"
            )
        self.squeeze = Sequential(
            *(
                ConvModule(channels, channels, 3, norm_cfg=norm_cfg, act_cfg=None)
                for _ in range(side // 2)
            )
        )
        self.embed = Sequential(
            *(nn.Linear(channels, HIDDEN), nn.ReLU()),
            *(nn.Linear(HIDDEN, HIDDEN), nn.ReLU()),
            nn.Linear(HIDDEN, EMBEDDED),
            init_cfg=dict(type="Normal", layer="Linear", std=0.01),
        )
        classes = self.bbox_head.num_classes
        self.queue = ExemplarQueue(classes, queue_size, channels, side, as_published)
        self.loss_imitation = MODELS.build(loss_imitation)

    def _bbox_forward(self, x: tuple[Tensor, ...], rois: Tensor) -> dict:
        """Return mmdet's results and ``vectors`` ``(R, C)``, the squeezed RoI features."""
        features = self._roi_features(x, rois)
        vectors = self.squeeze(features)
        features = features * (1 + vectors.softmax(1))
        cls_score, bbox_pred = self.bbox_head(features)
        return dict(
            cls_score=cls_score,
            bbox_pred=bbox_pred,
            bbox_feats=features,
            vectors=vectors.flatten(1),
        )

    def _roi_features(self, x: tuple[Tensor, ...], rois: Tensor) -> Tensor:
        features = self.bbox_roi_extractor(x[: self.bbox_roi_extractor.num_inputs], rois)
        return self.shared_head(features) if self.with_shared_head else features

    def bbox_loss(self, x: tuple[Tensor, ...], sampling_results: Sequence[SamplingResult]) -> dict:
        """Return mmdet's results with ``loss_imitation`` among the losses."""
        results = super().bbox_loss(x, sampling_results)
        results["loss_bbox"]["loss_imitation"] = self._imitate(x, results, sampling_results)
        return results

    def _imitate(
        self, x: tuple[Tensor, ...], results: dict, sampling_results: Sequence[SamplingResult]
    ) -> Tensor:
        """Return the mean loss of the images, and store the exemplars of the batch."""
        sizes = [len(result.pos_inds) + len(result.neg_inds) for result in sampling_results]
        embedded = self.embed(results["vectors"])
        loss = embedded.sum() * 0  # every weight has a gradient, even without an object
        stored = self.queue.of(torch.cat([result.pos_gt_labels for result in sampling_results]))
        exemplars = self._embed_features(stored[0].to(embedded)), stored[1]
        features, labels = [results["bbox_feats"][:0].detach()], [stored[1][:0]]
        parts = (results["cls_score"].detach(), results["bbox_feats"].detach(), embedded)
        images = zip(sampling_results, *(part.split(sizes) for part in parts), strict=True)
        for image, (sampling, scores, roi_features, own) in enumerate(images):
            # The objects themselves are among the proposals, and the positive ones come first.
            rows = sampling.pos_is_gt.nonzero().squeeze(1)
            quality, enough = self._quality(sampling, scores, rows)
            level = (quality >= self.medium_quality).long() + (quality >= self.high_quality).long()
            exemplary = ((level == 2) & enough).nonzero().squeeze(1)
            copies = self._embed_copies(x, image, sampling.pos_gt_bboxes[rows[exemplary]])
            samples = torch.cat([own, exemplars[0], copies])
            chosen = self._choose(sampling, rows, level, exemplars[1], exemplary)
            weight = own.new_tensor(WEIGHTS)[level]
            loss = loss + self.loss_imitation(own[rows], samples, *chosen, weight)
            features.append(roi_features[rows[exemplary]])
            labels.append(sampling.pos_gt_labels[rows[exemplary]])
        if self.training:
            self.queue.push(torch.cat(features), torch.cat(labels))
        return loss / len(sampling_results)

    def _quality(
        self, sampling: SamplingResult, scores: Tensor, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the quality of the objects in ``rows``, and whether they have enough proposals."""
        is_proposal = sampling.pos_is_gt == 0
        labels = sampling.pos_gt_labels[is_proposal]
        of_class = scores[: len(is_proposal)][is_proposal].float().softmax(1)
        ious = bbox_overlaps(
            sampling.pos_priors[is_proposal], sampling.pos_gt_bboxes[is_proposal], is_aligned=True
        )
        quality, number = instance_quality(
            of_class.gather(1, labels[:, None]).squeeze(1),
            ious.float(),
            sampling.pos_assigned_gt_inds[is_proposal],
            sampling.num_gts,
            self.min_score,
        )
        objects = sampling.pos_assigned_gt_inds[rows]
        return quality[objects], number[objects] >= self.min_proposals

    @torch.no_grad()
    def _vectors(self, features: Tensor) -> Tensor:
        return self.squeeze(features).flatten(1)

    def _embed_features(self, features: Tensor) -> Tensor:
        """Return the embeddings of features that no gradient reaches; the embedding learns."""
        return self.embed(self._vectors(features))

    def _embed_copies(self, x: tuple[Tensor, ...], image: int, boxes: Tensor) -> Tensor:
        """Return the embeddings of the copies of an image's boxes, box after box."""
        stride = self.bbox_roi_extractor.featmap_strides[0]
        height, width = (side * stride for side in x[0].shape[-2:])
        copies = copies_of(boxes, (height, width)).flatten(0, 1)
        rois = torch.cat([copies.new_full((len(copies), 1), image), copies], 1)
        with torch.no_grad():
            features = self._roi_features(x, rois)
        return self._embed_features(features)

    def _choose(
        self,
        sampling: SamplingResult,
        rows: Tensor,
        level: Tensor,
        exemplar_labels: Tensor,
        exemplary: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Choose the samples of each object.

        Returns:
            ``(A, N)`` booleans, positive and negative, for ``A`` objects and ``N`` samples: RoIs
            of the image, exemplars and copies.
        """
        number = min(len(sampling.neg_inds), self.samples)
        own = sampling.pos_gt_labels[rows][:, None]
        background = torch.full_like(sampling.neg_inds, self.bbox_head.num_classes)
        others = torch.cat([sampling.pos_gt_labels, background]) != own
        owners = exemplary.repeat_interleave(COPIES)
        is_copy = owners == torch.arange(len(rows), device=owners.device)[:, None]
        imitated = (level < 2)[:, None] & (exemplar_labels == own)
        candidates = torch.cat([torch.zeros_like(others), imitated, is_copy], 1)
        wanted = level.new_tensor([*(int(number * part) for part in FRACTIONS), COPIES])[level]
        positive = choose(candidates, wanted)
        rest = torch.zeros_like(candidates[:, others.shape[1] :])
        left = (number - positive.sum(1)).clamp(min=0)
        return positive, choose(torch.cat([others, rest], 1), left)
