"""The definitions that come with the project."""

from functools import cache
from importlib.resources import files


@cache
def builtin_keys() -> tuple[str, ...]:
    """Return the keys of the definitions that come with the project, in order."""
    folder = files("procedures").joinpath("definitions")
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def read_builtin(key: str) -> str:
    """Return the text of a definition.

    Raises:
        KeyError: there is no such definition.
    """
    if key not in builtin_keys():
        raise KeyError(key)
    return files("procedures").joinpath("definitions").joinpath(f"{key}.yaml").read_text(encoding="utf-8")
