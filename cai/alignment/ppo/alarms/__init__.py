"""Alarms for reward hacking: what is watched while PPO runs, and what is done when it goes wrong.

`texts` measures the answers, `independent` lets somebody else score some of them, `readings` says
how far each alarm is from its threshold, and `watch` decides whether one is raised. All of it is a
function of rows on disk, so that a run that was killed raises the same alarms.
"""

from cai.alignment.ppo.alarms.settings import AlarmSettings, IndependentSettings

__all__ = ["AlarmSettings", "IndependentSettings"]
