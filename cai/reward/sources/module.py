"""Python functions by name: where their file is, what it holds, and importing it.

Importing runs the file. It is the user's own, named in the user's recipe; nothing is imported that
is not named there.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from cai.errors import RecipeError


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionFile:
    """A function's name and the file that it stands in.

    `root` is the folder that `module` is imported from.
    """

    module: str
    function: str
    path: Path
    root: Path


def locate(name: str, folders: Sequence[Path], *, where: str) -> FunctionFile:
    """The file behind `module:function` or `file.py:function`; nothing is imported.

    Args:
        folders: looked through first, in this order; then what Python itself looks through.
        where: the recipe's key, for messages.

    Raises:
        RecipeError: if the name has another form, or there is no such module.
    """
    module, colon, function = name.rpartition(":")
    if not colon or not module or not function.isidentifier():
        raise RecipeError(
            f"{where}: {name!r}; write module:function or file.py:function, such as "
            "rewards.py:brevity"
        )
    if module.endswith(".py"):
        return _file(module, function, folders, where)
    for folder in dict.fromkeys([*folders, *(Path(one or ".") for one in sys.path)]):
        path = _module_file(module.split("."), folder)
        if path is not None:
            return FunctionFile(module=module, function=function, path=path, root=folder.resolve())
    raise RecipeError(
        f"{where}: no module {module!r} in {_listed(folders)} or among the installed packages"
    )


def source_digest(found: FunctionFile) -> str:
    """What names a function's code: its file and the files beside it that this one imports.

    Imports are read off the text, at any depth, as far as they lead to files below `root`.
    """
    total = hashlib.sha256(f"{found.module}:{found.function}".encode())
    installed = _is_installed(found.root)
    for path in [found.path] if installed else sorted(_reached(found.path, found.root)):
        total.update(path.name.encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def load(found: FunctionFile, *, where: str) -> Callable[..., Any]:
    """The function itself; its module is imported if it is not yet.

    Raises:
        RecipeError: if the module fails, has no such function, or bears the name of another one.
    """
    sys.path.insert(0, str(found.root))  # for what the module imports from beside it
    try:
        importlib.invalidate_caches()
        module = importlib.import_module(found.module)
    except Exception as error:
        raise RecipeError(
            f"{where}: {found.path} fails when it is imported ({type(error).__name__}: {error})"
        ) from error
    finally:
        sys.path.remove(str(found.root))
    loaded = getattr(module, "__file__", None)
    if loaded is None or Path(loaded).resolve() != found.path:
        raise RecipeError(
            f"{where}: {found.path} has the name of a module that is loaded already "
            f"({loaded or 'built into Python'}); rename the file"
        )
    function = getattr(module, found.function, None)
    if not callable(function):
        known = sorted(
            name for name, value in vars(module).items() if callable(value) and name[0] != "_"
        )
        what = "is no function" if hasattr(module, found.function) else "is not there"
        raise RecipeError(
            f"{where}: {found.function!r} {what} in {found.path}; it has "
            f"{', '.join(known[:10]) or 'none'}"
        )
    checked: Callable[..., Any] = function
    return checked


def _file(name: str, function: str, folders: Sequence[Path], where: str) -> FunctionFile:
    given = Path(name).expanduser()
    for path in [given] if given.is_absolute() else [folder / given for folder in folders]:
        if path.is_file():
            found = path.resolve()
            if not found.stem.isidentifier():
                raise RecipeError(f"{where}: {name} cannot be imported under such a name; rename")
            return FunctionFile(module=found.stem, function=function, path=found, root=found.parent)
    raise RecipeError(f"{where}: no file {name} in {_listed(folders)}")


def _module_file(parts: Sequence[str], folder: Path) -> Path | None:
    """The file of a module below a folder, found without importing the packages around it."""
    search = [str(folder)]
    for index in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: index + 1]), search)
        if spec is None:
            return None
        if index == len(parts) - 1:
            has_file = spec.origin is not None and spec.origin.endswith(".py")
            return Path(str(spec.origin)).resolve() if has_file else None
        search = list(spec.submodule_search_locations or ())
    return None


def _reached(path: Path, root: Path) -> set[Path]:
    """A file and those below `root` that it leads to by imports."""
    reached: set[Path] = set()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one in reached:
            continue
        reached.add(one)
        for name in _imported(one, root):
            found = _module_file(name.split("."), root)
            if found is not None and found.is_relative_to(root):
                waiting.append(found)
    return reached


def _imported(path: Path, root: Path) -> Iterator[str]:
    """Names of the modules that a file may import; those that are none lead nowhere."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # importing it will say so
    package = path.relative_to(root).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = [*above, *((node.module or "").split(".") if node.module else ())]
            if base:
                yield ".".join(base)
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _is_installed(root: Path) -> bool:
    # What lies among installed packages is thousands of files; their versions are known.
    return any(part in ("site-packages", "dist-packages") for part in root.parts)


def _listed(folders: Sequence[Path]) -> str:
    return ", ".join(dict.fromkeys(str(folder.resolve()) for folder in folders))
