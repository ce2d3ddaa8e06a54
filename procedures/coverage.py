"""Which step of a procedure the desk takes, reads or is told of: a table for docs/procedures.

`python -m procedures.coverage KEY > docs/procedures/KEY.md` writes a page again; a test holds them to the data.
"""

import sys
from enum import StrEnum

from procedures.catalogue import read_builtin
from procedures.definition import Definition, Source, Step
from procedures.flow_words import say_term_shortly
from procedures.loader import load

_HEAD = "| Step | Cites | Who | The desk | What the desk does | Stops at | Due | Evidence |\n|---|---|---|---|---|---|---|---|"


class Part(StrEnum):
    """What the desk's part in a step is."""

    TAKES = "takes it"
    READS = "reads it"
    IS_TOLD = "is told"


def part_of(step: Step) -> Part:
    """Return whether the desk takes a step itself, reads it in what people send, or is told of it."""
    if not step.needs_person:
        return Part.TAKES
    told = all(
        trigger.source is Source.COMMAND or (trigger.source is Source.MAIL and trigger.name == "code")
        for trigger in step.on
    )
    return Part.IS_TOLD if told else Part.READS


def draw_coverage(definition: Definition) -> str:
    """Return the table of a procedure, as a page in Markdown."""
    steps = list(definition.steps.values())
    count = {part: sum(part_of(step) is part for step in steps) for part in Part}
    told = (
        f"Of {len(steps)} steps the desk takes {count[Part.TAKES]} itself, reads {count[Part.READS]} in what people"
        f" send, and is told of {count[Part.IS_TOLD]} by a person with a one-time code or a command."
    )
    page = [
        f"# {definition.key}",
        "",
        f"{definition.title}. Version {definition.version}; made by `python -m procedures.coverage {definition.key}` from the definition.",
        "",
        told,
        "",
        _HEAD,
        *(_row(definition, step) for step in steps),
    ]
    return "\n".join(page) + "\n"


def _row(definition: Definition, step: Step) -> str:
    effects = [f"{effect.name} {effect.argument}".strip() for effect in step.effects]
    effects += [
        f"{effect.name} {effect.argument}".strip() for branch in step.branches for effect in branch.effects
    ]
    cells = (
        step.id,
        step.cites,
        ", ".join(step.actors),
        part_of(step),
        ", ".join(dict.fromkeys(effects)),
        ", ".join(step.gates),
        say_term_shortly(step.due.rule, definition.moments) if step.due else "",
        step.needs,
    )
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(draw_coverage(load(read_builtin(sys.argv[1]))))
