"""The examples in the docstrings of mail are true."""

import doctest
import importlib
import pkgutil

import pytest

import mail

MODULES = sorted(module.name for module in pkgutil.iter_modules(mail.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(f"mail.{name}")).failed == 0


def test_there_are_examples():
    modules = [importlib.import_module(f"mail.{name}") for name in MODULES]

    assert sum(doctest.testmod(module).attempted for module in modules) > 10
