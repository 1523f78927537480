"""Findings as they may stand in a bug report: keys are in none, and here addresses go as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cai.doctor.finding import Finding
from cai.recipe import Recipe


def shareable(finding: Finding, recipe: Recipe) -> Finding:
    """The finding with each server's address named by its place in the recipe, and the user's home
    as `~`."""
    hidden = {
        url: f"urls[{place}]"
        for server in recipe.servers.values()
        for place, url in enumerate(server.urls)
    }
    home = str(Path.home())
    if len(home) > 1:
        hidden[f"{home}/"] = "~/"

    def plain(text: str) -> str:
        for secret, name in hidden.items():
            text = text.replace(secret, name)
        return text

    return replace(finding, value=plain(finding.value), text=plain(finding.text))
