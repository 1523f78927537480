"""A bug is put into a module that is imported already: its functions get the changed code.

Whoever holds a function of the module, under whatever name, then calls the changed one. So all is
imported once, and planting takes milliseconds.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType


def plant(name: str, old: str, new: str) -> int:
    """Puts `new` in the place of `old` in the functions of a module; returns how often it stood
    there, and changes nothing unless that is once.

    Raises:
        ValueError: if `old` stands outside of all functions, or in one that is not found.
    """
    module = importlib.import_module(name)
    path = Path(str(module.__file__))
    source = path.read_text("utf-8")
    if source.count(old) != 1:
        return source.count(old)
    changed = source.replace(old, new)
    if _outside(source) != _outside(changed):
        raise ValueError(f"{name}: {old!r} is not within a function")
    codes = {code.co_qualname: code for code in _codes(compile(changed, str(path), "exec"))}
    missing = set(_functions(ast.parse(changed)))
    for function in _functions_of(module, str(path)):
        function.__code__ = codes[function.__code__.co_qualname]
        missing.discard(function.__code__.co_qualname)
    if missing:
        raise ValueError(f"{name}: {sorted(missing)} cannot be reached")
    return 1


def _outside(source: str) -> str:
    """A module's code without the bodies of its functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Pass()]
    return ast.dump(tree)


def _functions(tree: ast.Module | ast.ClassDef, within: str = "") -> Iterator[str]:
    """The qualified names of functions and methods; those within functions go with these."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield within + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{within}{node.name}.")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _functions_of(holder: ModuleType | type, path: str) -> Iterator[FunctionType]:
    """The functions that the file defines in a module or class, below all decorators."""
    of_class = isinstance(holder, type)
    home = holder.__module__ if of_class else holder.__name__
    within = f"{holder.__qualname__}." if of_class else ""
    for one in vars(holder).values():
        if isinstance(one, type):
            if (one.__module__, one.__qualname__) == (home, within + one.__name__):
                yield from _functions_of(one, path)
            continue
        found = one.fget if isinstance(one, property) else getattr(one, "__func__", one)
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        if isinstance(found, FunctionType) and found.__code__.co_filename == path:
            yield found
