"""The key of a server: read when it is needed, kept in memory, written nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from cai.engines.server.settings import ServerSettings
from cai.errors import EngineError

NO_KEY = "none"
"""What is sent where no key is asked for: clients insist on one."""


def read_key(name: str, settings: ServerSettings) -> str:
    """The key that the settings point to.

    Raises:
        EngineError: if it is not there; the message holds no part of it.
    """
    if settings.key_env is not None:
        key = os.environ.get(settings.key_env, "").strip()
        if not key:
            raise EngineError(
                f"servers.{name}.key_env: {settings.key_env} is not set; "
                f"export {settings.key_env}=… with the server's key"
            )
    elif settings.key_file is not None:
        path = Path(settings.key_file).expanduser()
        try:
            key = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EngineError(
                f"servers.{name}.key_file: {path} cannot be read ({type(error).__name__})"
            ) from None
        if not key:
            raise EngineError(f"servers.{name}.key_file: {path} is empty; put the key in it")
    else:
        return NO_KEY
    if not key.isascii() or not key.isprintable() or " " in key:
        raise EngineError(f"servers.{name}: the key has characters that no key has; copy it again")
    return key


def without_key(text: str, key: str) -> str:
    """A text without the key, which some servers repeat in what they say of it."""
    return text if key == NO_KEY else text.replace(key, "[key]")
