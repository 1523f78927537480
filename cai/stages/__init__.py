"""The stages of a run as data: what each needs, depends on, checks beforehand, and does.

Heavy packages are imported only when a stage really runs.
"""

from cai.stages.alignment import ALIGN_DPO, ALIGN_PPO
from cai.stages.evaluation import EVALUATE
from cai.stages.feedback import LABEL, REWARD
from cai.stages.stage import Stage
from cai.stages.supervised import CRITIQUE_REVISE, SFT

__all__ = ["STAGES", "Stage"]

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (CRITIQUE_REVISE, SFT, LABEL, REWARD, ALIGN_PPO, ALIGN_DPO, EVALUATE)
}
