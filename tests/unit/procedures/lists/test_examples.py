"""The examples in the docstrings of this folder are true."""

import doctest
import importlib
import pkgutil

import procedures.lists


def test_the_examples_hold():
    names = [module.name for module in pkgutil.iter_modules(procedures.lists.__path__)]
    results = [doctest.testmod(importlib.import_module(f"procedures.lists.{name}")) for name in names]

    assert sum(result.attempted for result in results) > 30
    assert sum(result.failed for result in results) == 0
