"""Layers that merge several tensors into one.

Their functions (`add`, `concatenate`, ...) are in `nbkeras.layers`: here the modules
`merge` and `concatenate` bear those names.
"""

from nbkeras.layers.merging.concatenate import Concatenate as Concatenate
from nbkeras.layers.merging.concatenate import Dot as Dot
from nbkeras.layers.merging.merge import Add as Add
from nbkeras.layers.merging.merge import Average as Average
from nbkeras.layers.merging.merge import Maximum as Maximum
from nbkeras.layers.merging.merge import Minimum as Minimum
from nbkeras.layers.merging.merge import Multiply as Multiply
from nbkeras.layers.merging.merge import Subtract as Subtract
