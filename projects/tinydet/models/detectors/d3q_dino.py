"""DINO with as many queries as an image needs: D3Q, or Dome-DETR's selection.

Papers: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025; Dome-DETR, arXiv:2505.05741.
A density on the finest map of the encoder decides which proposals become queries.

The public D3Q takes one image a batch. Here a batch may have any size: every image has the queries
and the outputs that it has in a batch of its own with the same padding of the picture. (ResNet and
group normalization see that padding in mmdet's DINO, too.) The public code differs in more, and
``as_published=True`` does as it does. Ours:

- no proposal of padding or of the border, whose box is infinite, becomes a query;
- the density sees the border, because it reads the memory before the proposals' layer blanks it;
- the encoder's loss is that of the proposals chosen, as in DINO. Published, all 53,000 of an image
  are matched with all its objects, 0.5 GiB for each matching cost of 2,600 objects.
"""

from __future__ import annotations

import torch
from mmdet.models import DINO
from mmdet.structures import SampleList
from torch import Tensor

from tinydet.arguments import described
from tinydet.errors import InputError
from tinydet.models.layers.dynamic_denoising import DynamicDenoising
from tinydet.models.layers.query_padding import pad_queries, self_attention_mask
from tinydet.registry import MODELS, TASK_UTILS


@MODELS.register_module()
class D3QDINO(DINO):
    """:class:`mmdet.models.DINO` with a head :class:`tinydet.models.heads.D3QHead`.

    Args:
        num_queries: Most queries an image. Each image needs as many proposals.
        query_selector: :class:`tinydet.task_modules.DensityQueryCount` or
            :class:`tinydet.task_modules.PAQI`.
        dn_cfg: Of the denoising queries, as DINO's.
        as_published: Do as the public code, see the module.
        **kwargs: All arguments of DINO.

    Raises:
        ValueError: The least queries of ``query_selector`` are more than ``num_queries``.
    """

    def __init__(
        self,
        *args,
        num_queries: int = 2000,
        query_selector: dict = dict(type="tinydet.DensityQueryCount"),
        dn_cfg: dict,
        as_published: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, num_queries=num_queries, dn_cfg=dn_cfg, **kwargs)
        self.dn_query_generator = DynamicDenoising(**dn_cfg)  # DINO has completed the dict
        self.query_selector = TASK_UTILS.build(query_selector)
        self.as_published = as_published
        least = self.query_selector.minimum
        if least > num_queries:
            kind = self.query_selector
            raise ValueError(
                f"{described(kind, 'minimum', least)} is over {num_queries=} of the detector; "
                "lower the one or raise the other"
            )

    def pre_decoder(
        self,
        memory: Tensor,
        memory_mask: Tensor | None,
        spatial_shapes: Tensor,
        batch_data_samples: SampleList,
    ) -> tuple[dict, dict]:
        """Choose the queries of each image.

        Args:
            memory: ``(B, N, C)`` of the encoder.
            memory_mask: ``(B, N)``, True for padding of the picture; None without any.
            spatial_shapes: ``(L, 2)`` height and width of the maps.
            batch_data_samples: In training with the objects.

        Returns:
            What the decoder gets, and what the head gets.

        Raises:
            InputError: An image has fewer proposals than ``num_queries``, or ``as_published=True``
                meets a batch of several.
        """
        if self.as_published and len(memory) > 1:
            raise InputError(
                f"D3QDINO: as_published=True takes one image a batch, not {len(memory)}; "
                "set batch_size=1, or leave as_published out"
            )
        places, anchors = self.gen_encoder_output_proposals(memory, memory_mask, spatial_shapes)
        branch = self.decoder.num_layers  # after those of the decoder's layers
        classes = self.bbox_head.cls_branches[branch](places)
        boxes = self.bbox_head.reg_branches[branch](places) + anchors
        height, width = spatial_shapes[0].tolist()
        density = self.bbox_head.density_head(
            places if self.as_published else memory, memory_mask, (height, width)
        )
        usable = anchors.isfinite().all(-1)
        if self.as_published:
            usable = torch.ones_like(usable)
        index, valid = pad_queries(self.choose(classes, boxes, usable, density, spatial_shapes))
        for_decoder, for_head = self._queries(boxes, index, valid, batch_data_samples)
        for_decoder["memory"] = memory
        if self.training:
            for_head |= self._proposals(classes, boxes, index, for_head["num_queries"])
            canvas = batch_data_samples[0].batch_input_shape
            for_head |= dict(density=density, stride=(canvas[1] / width, canvas[0] / height))
        return for_decoder, for_head

    def choose(
        self,
        classes: Tensor,
        boxes: Tensor,
        usable: Tensor,
        density: list[Tensor],
        spatial_shapes: Tensor,
    ) -> list[Tensor]:
        """Return the indices of the proposals that become queries, ``(Q_i,)`` of each image.

        Args:
            classes: ``(B, N, C)`` logits.
            boxes: ``(B, N, 4)`` before the sigmoid.
            usable: ``(B, N)``, False for proposals of padding and of the border.
            density: ``(H_i, W_i)`` logits of each image.
            spatial_shapes: Of the maps, for the message.

        Raises:
            InputError: An image has fewer usable proposals than ``num_queries``.
        """
        places = [one.nonzero().squeeze(1) for one in usable]
        fewest = min(map(len, places))
        if fewest < self.num_queries:
            maps = ", ".join(f"{width} x {height}" for height, width in spatial_shapes.tolist())
            raise InputError(
                f"D3QDINO: num_queries={self.num_queries} is over the {fewest} proposals of an "
                f"image (maps of {maps}); set model.num_queries to at most {fewest}, or enlarge "
                "the images"
            )
        with torch.no_grad():
            chosen = self.query_selector(
                [one[at].float() for one, at in zip(classes, places, strict=True)],
                [one[at].float().sigmoid() for one, at in zip(boxes, places, strict=True)],
                [one.float().sigmoid() for one in density],
                self.num_queries,
            )
        return [at[one] for at, one in zip(places, chosen, strict=True)]

    def _queries(
        self, boxes: Tensor, index: Tensor, valid: Tensor, samples: SampleList
    ) -> tuple[dict, dict]:
        """Return queries with references and mask for the decoder, and their numbers."""
        count = index.shape[1]
        query = self.query_embedding.weight[:count].expand(len(index), -1, -1)
        references = boxes.gather(1, index[..., None].expand(-1, -1, 4)).detach()
        for_head, hidden = dict(num_queries=valid.sum(1).tolist()), None
        if self.training:
            noisy = self.dn_query_generator(samples, count)
            query = torch.cat([noisy.content, query], 1)
            references = torch.cat([noisy.boxes, references], 1)
            valid = torch.cat([noisy.valid, valid], 1)
            hidden, for_head["dn_meta"] = noisy.hidden, noisy.meta
        heads = self.decoder.layers[0].self_attn.num_heads
        mask = self_attention_mask(valid, hidden, heads)
        for_decoder = dict(query=query, reference_points=references.sigmoid(), dn_mask=mask)
        return for_decoder, for_head

    def _proposals(self, classes: Tensor, boxes: Tensor, index: Tensor, counts: list[int]) -> dict:
        """Return the proposals that the encoder's loss looks at: the queries', or all."""
        if self.as_published:
            counts = [classes.shape[1]] * len(classes)
        else:
            rows = torch.arange(len(classes), device=classes.device)[:, None]
            classes, boxes = classes[rows, index], boxes[rows, index]
        coordinates = boxes.sigmoid()
        return dict(enc_outputs_class=classes, enc_outputs_coord=coordinates, num_proposals=counts)
