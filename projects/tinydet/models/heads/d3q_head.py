"""The head of D3Q on DINO.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025. Beside DINO's head
(arXiv:2203.03605):

- a density map of the objects, :class:`tinydet.models.heads.DensityHead`;
- the queries of the decoder are classified by softmax with a background of weight 0.1, and each
  gives one detection; the encoder's proposals keep sigmoids and focal loss;
- images of a batch may have different numbers of queries.
"""

from __future__ import annotations

import torch
from mmdet.models import DINOHead
from mmdet.structures import SampleList
from mmdet.utils import InstanceList
from mmengine.model import bias_init_with_prob
from mmengine.structures import InstanceData
from torch import Tensor, nn

from tinydet.models.heads.density_head import DensityHead
from tinydet.models.heads.padded_queries import PaddedQueries, ProposalLoss, with_counts
from tinydet.registry import MODELS

PARTS_OF_LOSS = ("enc_loss_cls", "enc_loss_bbox", "enc_loss_iou")


@MODELS.register_module()
class D3QHead(PaddedQueries, DINOHead):
    """:class:`mmdet.models.DINOHead` with a density map, a softmax and any number of queries.

    Args:
        num_classes: Classes without the background.
        train_cfg: ``assigner`` of the decoder's queries, ``proposal_assigner`` of the proposals.
        test_cfg: ``max_per_img``.
        loss_cls: Of the decoder's queries; a softmax.
        bg_cls_weight: Weight of the background in ``loss_cls``.
        loss_proposal_cls: Classification loss of the encoder's proposals.
        density: Arguments of :class:`DensityHead`.
        **kwargs: Of DINO's head; ``loss_bbox`` and ``loss_iou`` are the proposals' too.
    """

    contract_changes = None  # ``loss_bbox`` compares cx, cy, w, h in units of the image

    def __init__(
        self,
        *args,
        num_classes: int,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        loss_cls: dict = dict(type="CrossEntropyLoss"),
        bg_cls_weight: float = 0.1,
        loss_proposal_cls: dict = dict(type="FocalLoss", loss_weight=2.0),
        density: dict = dict(),
        **kwargs,
    ) -> None:
        test_cfg = dict(test_cfg or {})
        # mmdet asks for this many detections even where an image has fewer queries.
        self.max_per_img = test_cfg.pop("max_per_img", None)
        weights = [1.0] * num_classes + [bg_cls_weight]
        shared = dict(kwargs, num_classes=num_classes)
        super().__init__(
            *args,
            loss_cls=dict(loss_cls, class_weight=weights),
            train_cfg=train_cfg,
            test_cfg=test_cfg,
            **shared,
        )
        self.bg_cls_weight = bg_cls_weight
        self.density_head = DensityHead(self.embed_dims, **density)
        of_proposals = {
            key: shared[key]
            for key in ("num_classes", "loss_bbox", "loss_iou", "sync_cls_avg_factor")
            if key in shared
        }
        assigner = train_cfg and dict(assigner=train_cfg["proposal_assigner"])
        self.proposal_loss = ProposalLoss(
            loss_cls=loss_proposal_cls, train_cfg=assigner, **of_proposals
        )

    def _init_layers(self) -> None:
        super()._init_layers()
        self.cls_branches[-1] = nn.Linear(self.embed_dims, self.num_classes)  # of the proposals

    def init_weights(self) -> None:
        """Initialize as DINO's head; the proposals begin with scores of 0.01."""
        super().init_weights()
        nn.init.constant_(self.cls_branches[-1].bias, bias_init_with_prob(0.01))

    def forward(
        self, hidden_states: Tensor, references: list[Tensor], num_queries: list[int] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return class logits ``(L, B, Q, C + 1)`` and boxes ``(L, B, Q, 4)``, padding included.

        Args:
            hidden_states: ``(L, B, Q, D)`` of the layers.
            references: ``(B, Q, 4)`` before each layer.
            num_queries: Of each image; not used.
        """
        return super().forward(hidden_states, references)

    def loss(
        self,
        hidden_states: Tensor,
        references: list[Tensor],
        enc_outputs_class: Tensor,
        enc_outputs_coord: Tensor,
        batch_data_samples: SampleList,
        dn_meta: dict[str, int],
        num_queries: list[int],
        num_proposals: list[int],
        density: list[Tensor],
        stride: tuple[float, float],
    ) -> dict[str, Tensor]:
        """Return DINO's losses and ``loss_density``.

        Args:
            hidden_states: ``(L, B, D + Q, C)``, the denoising queries first.
            references: ``(B, D + Q, 4)`` before each layer.
            enc_outputs_class: ``(B, P, C)`` logits of the encoder's proposals.
            enc_outputs_coord: ``(B, P, 4)`` their boxes, cx, cy, w, h in units of the image.
            batch_data_samples: With the objects.
            dn_meta: Of the denoising groups.
            num_queries: Of each image.
            num_proposals: Of each image; the rest of P is padding.
            density: ``(H_i, W_i)`` logits of each image.
            stride: Width and height of a cell, px.
        """
        objects = [sample.gt_instances for sample in batch_data_samples]
        metas = [sample.metainfo for sample in batch_data_samples]
        outputs = self(hidden_states, references)
        known = with_counts(metas, num_queries)
        losses = self.loss_by_feat(*outputs, None, None, objects, known, dn_meta)
        of_proposals = self.proposal_loss.loss_by_feat_single(
            enc_outputs_class, enc_outputs_coord, objects, with_counts(metas, num_proposals)
        )
        losses.update(zip(PARTS_OF_LOSS, of_proposals, strict=True))
        losses["loss_density"] = self.density_head.loss(density, objects, stride)
        return losses

    def _get_dn_targets_single(
        self, gt_instances: InstanceData, img_meta: dict, dn_meta: dict[str, int]
    ) -> tuple[Tensor, ...]:
        """Return DINO's targets of an image; padding of its groups has no weight."""
        labels, weights, *others, positive, negative = super()._get_dn_targets_single(
            gt_instances, img_meta, dn_meta
        )
        own = torch.zeros_like(weights)
        own[torch.cat([positive, negative])] = 1
        return labels, own, *others, positive, negative

    def predict(
        self,
        hidden_states: Tensor,
        references: list[Tensor],
        num_queries: list[int],
        batch_data_samples: SampleList,
        rescale: bool = True,
    ) -> InstanceList:
        """Return the detections of each image, best first; see :meth:`loss`."""
        metas = [sample.metainfo for sample in batch_data_samples]
        outputs = self(hidden_states, references)
        return self.predict_by_feat(
            *outputs, batch_img_metas=with_counts(metas, num_queries), rescale=rescale
        )

    def _predict_by_feat_single(
        self, cls_score: Tensor, bbox_pred: Tensor, img_meta: dict, rescale: bool = True
    ) -> InstanceData:
        count = img_meta["num_queries"]
        found = super()._predict_by_feat_single(
            cls_score[:count], bbox_pred[:count], img_meta, rescale
        )
        return found[: self.max_per_img]
