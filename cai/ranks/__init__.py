"""Several processes that work on one training.

`world` says which process this is, and imports nothing; `collectives` is what processes tell one
another in the middle of a computation; `crew` starts and ends their common work: the first process
leads, and calls the others for every training; `limits` refuses what would go wrong in silence.
"""

from cai.ranks.world import ALONE, World, world_of

__all__ = ["ALONE", "World", "world_of"]
