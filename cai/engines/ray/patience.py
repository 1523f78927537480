"""How long workers are waited for."""

from __future__ import annotations

from cai.engines.ray.work import Asked, Member

WITHOUT_WORKERS_SECONDS = 600.0  # it outlasts the restart of a machine

# A piece is late that takes so many times as long as the slowest before it, and longer than these
# seconds. An idle worker is asked too then, for the first may never answer.
_LATE, _LATE_SECONDS = 2.0, 30.0
# Beyond being late, until a worker is taken to hang; and where nothing tells how long an answer
# takes, for it may have to load its model.
HANGS_SECONDS, _FIRST_SECONDS = 600.0, 3600.0


def late_after(asked: Asked) -> float:
    """Seconds after which a piece is late."""
    if asked.slowest is None:
        return HANGS_SECONDS
    return max(_LATE_SECONDS, _LATE * asked.slowest)


def hangs_after(member: Member, asked: Asked) -> float:
    """Seconds after which a member that works is taken to hang."""
    if member.piece is None:
        return HANGS_SECONDS
    measured = asked.slowest is not None and asked.model.number in member.answered
    return late_after(asked) + (HANGS_SECONDS if measured else _FIRST_SECONDS)
