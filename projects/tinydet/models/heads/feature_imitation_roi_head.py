"""CFINet's RoI head: RoI features weigh their channels, and poor ones imitate exemplary ones.

Paper: CFINet, arXiv:2308.09534; details from its public code (shaunyuan22/CFINet). In training,
embeddings of the RoI features learn by InfoNCE: a poor object is drawn to exemplars of its class,
an exemplary one to shifted copies of itself, both away from other RoIs of their image.

Ours: objects that the sampler leaves out have no loss (the public code reads the features of other
RoIs in their place, or fails); an image without negatives or without objects is no special case;
the exemplars of a batch are stored after its losses; and see
:mod:`tinydet.models.layers.exemplar_queue` and :func:`tinydet.models.heads.imitation.copies_of`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.models.heads.imitation import COPIES, choose_samples, copies_of, sampled_objects
from tinydet.models.layers.feature_imitation import FeatureImitation
from tinydet.registry import MODELS

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

    contract_changes = None  # its boxes' loss is that of ``bbox_head``

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
        self.medium_quality = check_number(
            self, "medium_quality", medium_quality, f"[0, {high_quality}]"
        )
        self.min_score = check_number(self, "min_score", min_score, "[0, 1]")
        self.min_proposals = check_count(self, "min_proposals", min_proposals)
        self.samples = check_count(self, "samples", samples)
        self.imitation = FeatureImitation(
            self.bbox_roi_extractor.out_channels,
            self.bbox_roi_extractor.roi_layers[0].output_size[0],
            self.bbox_head.num_classes,
            queue_size,
            norm_cfg,
            as_published,
        )
        self.loss_imitation = MODELS.build(loss_imitation)

    def _bbox_forward(self, x: tuple[Tensor, ...], rois: Tensor) -> dict:
        """Return mmdet's results and ``vectors`` ``(R, C)``, the squeezed RoI features."""
        features, vectors = self.imitation(self._roi_features(x, rois))
        cls_score, bbox_pred = self.bbox_head(features)
        return dict(cls_score=cls_score, bbox_pred=bbox_pred, bbox_feats=features, vectors=vectors)

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
        queue, embed = self.imitation.queue, self.imitation.embed
        embedded = embed(results["vectors"])
        loss = embedded.sum() * 0  # every weight has a gradient, even without an object
        known, known_labels = queue.of(torch.cat([s.pos_gt_labels for s in sampling_results]))
        exemplars = self.imitation.embed_fixed(known.to(embedded)), known_labels
        sizes = [len(s.pos_inds) + len(s.neg_inds) for s in sampling_results]
        parts = (results["cls_score"].detach(), embedded, results["bbox_feats"].detach())
        images = zip(sampling_results, *(part.split(sizes) for part in parts), strict=True)
        found = [(known[:0].to(embedded), known_labels[:0])]
        for image, (sampling, logits, own, features) in enumerate(images):
            objects = sampled_objects(sampling, logits, self.min_score)
            high = objects.quality >= self.high_quality
            levels = (objects.quality >= self.medium_quality).long() + high.long()
            exemplary = (high & (objects.proposals >= self.min_proposals)).nonzero().squeeze(1)
            samples = torch.cat(
                [own, exemplars[0], self._copies(x, image, objects.boxes[exemplary])]
            )
            chosen = choose_samples(
                objects.labels,
                levels,
                self._labels(sampling),
                exemplars[1],
                exemplary.repeat_interleave(COPIES),
                min(len(sampling.neg_inds), self.samples),
            )
            weights = own.new_tensor(WEIGHTS)[levels]
            loss = loss + self.loss_imitation(own[objects.rows], samples, *chosen, weights)
            found.append((features[objects.rows[exemplary]], objects.labels[exemplary]))
        if self.training and torch.is_grad_enabled():  # losses of a validation leave it alone
            queue.push(*(torch.cat(part) for part in zip(*found, strict=True)))
        return loss / len(sampling_results)

    def _labels(self, sampling: SamplingResult) -> Tensor:
        """Return the label of each sampled RoI."""
        background = torch.full_like(sampling.neg_inds, self.bbox_head.num_classes)
        return torch.cat([sampling.pos_gt_labels, background])

    def _copies(self, x: tuple[Tensor, ...], image: int, boxes: Tensor) -> Tensor:
        """Return the embeddings of the copies of an image's boxes, box after box."""
        stride = self.bbox_roi_extractor.featmap_strides[0]
        height, width = (side * stride for side in x[0].shape[-2:])
        copies = copies_of(boxes, (height, width)).flatten(0, 1)
        rois = torch.cat([copies.new_full((len(copies), 1), image), copies], 1)
        with torch.no_grad():
            features = self._roi_features(x, rois)
        return self.imitation.embed_fixed(features)
