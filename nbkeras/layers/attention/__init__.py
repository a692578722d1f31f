"""Attention layers: multi-head, grouped-query, dot-product and additive."""

from nbkeras.layers.attention.grouped_query import (
    GroupedQueryAttention as GroupedQueryAttention,
)
from nbkeras.layers.attention.multi_head import MultiHeadAttention as MultiHeadAttention
from nbkeras.layers.attention.unprojected import AdditiveAttention as AdditiveAttention
from nbkeras.layers.attention.unprojected import Attention as Attention
