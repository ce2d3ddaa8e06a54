"""The words of the chat hold the rules of the office."""

import doctest
import importlib
import pkgutil
import re
from string import Formatter

import pytest

import bot
from bot import texts
from bot.conversation import HANDLERS
from mail.wording import GENDER_MARKS, LABOUR_WORDS
from storage.lists import ListState

TEXTS = sorted(key for key, value in texts.catalogue().items() if isinstance(value, str))
ROLES = ("PAC", "SAC", "EMS", "EGAS", "JSPM", "CACyPCS", "CFI", "UPIB")
MODULES = sorted(module.name for module in pkgutil.iter_modules(bot.__path__))


def spoken(key: str) -> str:
    facts = {name: "x" for _, name, _, _ in Formatter().parse(texts.catalogue()[key]) if name}
    return texts.text(key, **facts)


def test_there_are_texts():
    assert len(TEXTS) > 30


@pytest.mark.parametrize("key", TEXTS)
def test_r_5_1_1_no_text_distinguishes_by_gender(key):
    assert GENDER_MARKS.search(spoken(key)) is None
    assert "(a)" not in spoken(key)
    assert "(o)" not in spoken(key)


@pytest.mark.parametrize("key", TEXTS)
def test_v_097_no_text_speaks_of_pay_or_employment(key):
    assert not LABOUR_WORDS.search(spoken(key))


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_speaks_to_usted_and_fits_in_a_message(key):
    assert not re.search(r"\b(?:tú|tienes|puedes|debes|tu|vosotros)\b", spoken(key), re.IGNORECASE)
    assert len(spoken(key)) < 1500


def test_what_a_pressed_button_shows_fits_where_telegram_shows_it():
    assert len(texts.text("stale_button")) <= 200


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_of_a_role_names_only_what_it_has(role):
    names = set(re.findall(r"^/(\w+):", texts.menu(["STAFF", role]), re.MULTILINE))

    assert names <= set(HANDLERS)
    assert {"ayuda", "cancelar", "desvincular", "privacidad", "pendientes"} <= names
    assert ("tablero" in names) is (role in {"SAC", "EMS", "EGAS", "JSPM"})
    assert ("nacional" in names) is (role in {"CACyPCS", "CFI", "UPIB"})
    assert ("listado" in names) is (role == "PAC")


def test_telegrams_own_menu_shows_nothing_that_only_some_have():
    assert {"tablero", "listado"}.isdisjoint(name for name, _ in texts.commands_of(()))


def test_every_state_of_a_list_has_a_name():
    assert {texts.state_name(state.value) for state in ListState}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(f"bot.{name}")).failed == 0
