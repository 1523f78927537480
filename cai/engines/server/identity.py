"""Who is asked behind servers, known without asking."""

from __future__ import annotations

import hashlib

from cai.engines.base import EngineIdentity
from cai.engines.server.settings import ServerSettings
from cai.records import canonical_json


def identity_of(name: str, settings: ServerSettings) -> EngineIdentity:
    """The identity of a model behind servers.

    No server tells a digest of its weights. They are taken to be what the settings' `revision`
    says; without one, what is served at these urls.
    """
    if settings.revision is not None:
        weights = f"unknown; revision {settings.revision}"
    else:
        weights = f"unknown; at {', '.join(sorted(settings.urls))}"
    asked = {"body": settings.body, "votes": settings.votes}
    return EngineIdentity(
        model=settings.model or name,
        weights=weights,
        dtype="unknown",
        template=hashlib.sha256(canonical_json(asked).encode()).hexdigest(),
    )
