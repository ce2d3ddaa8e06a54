"""The phones of the cast: whose each is, and who holds it now."""

import unicodedata
from dataclasses import dataclass

from service.demo.phone import Phone


@dataclass(kw_only=True, eq=False)
class Owned:
    """A phone of somebody of the cast."""

    phone: Phone
    name: str
    role: str
    """A role of the staff, or VRS and PVR."""
    unit: str
    place: str = ""
    """What the unit is called."""
    address: str = ""
    """The mailbox of its owner; volunteers have none."""
    taken: bool = False
    """Somebody at the keyboard holds it: the cast leaves it alone."""

    @property
    def title(self) -> str:
        """Who this is, in a line."""
        where = "" if self.unit == "PIB" else f" {self.unit} {self.place}".rstrip()
        return f"{self.name}, {self.role}{where}"


class NotOnePhone(LookupError):
    """A name stands for nobody of the cast, or for several."""

    def __init__(self, name: str, candidates: list[Owned]) -> None:
        super().__init__(f"{name}: {len(candidates)} phones")
        self.name = name
        self.candidates = candidates


class PhoneBook:
    """Every phone of the cast."""

    def __init__(self) -> None:
        self.phones: list[Owned] = []

    def add(self, owned: Owned) -> Owned:
        """Put a phone in."""
        self.phones.append(owned)
        return owned

    def find(self, name: str) -> Owned:
        """Find the phone of somebody by name, role or unit, or parts of them, however they are typed.

        Raises:
            NotOnePhone: nobody, or several.
        """
        words = plain(name).split()
        found = (
            [one for one in self.phones if all(word in plain(one.title) for word in words)] if words else []
        )
        exact = [one for one in found if plain(one.name) == plain(name)]
        if len(exact or found) != 1:
            raise NotOnePhone(name, found)
        return (exact or found)[0]


def plain(text: str) -> str:
    """Return a text as it is compared: lower case, without accents.

    >>> plain("Hilario Moreno Sántiz")
    'hilario moreno santiz'
    """
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
