"""What each role has to do in a procedure, from the definition alone."""

from dataclasses import dataclass
from textwrap import wrap

from procedures.definition import Definition, Join, OnFail, Step
from procedures.flow_words import plain, say_condition, say_how, say_term, word


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One line of a checklist, ready to be read: all texts are Spanish."""

    step: str
    number: int | None
    title: str
    says: str
    cites: str
    scope: str
    """How often: per PAC, per region, once."""
    when: str
    """The term, empty when there is none."""
    how: tuple[str, ...]
    notes: tuple[str, ...]
    """Conditions, what comes before, gates, ways back."""


def checklist(definition: Definition, role: str) -> tuple[Task, ...]:
    """Return the steps of a role, in order.

    Steps of somebody outside are in the list of the role that records them; those of a post that a role
    fills (EMS designado) are in its list with that remark.

    Raises:
        KeyError: the procedure has no such role.
    """
    wanted = definition.roles[role]
    found = []
    for step in definition.steps.values():
        remark = _remark(definition, step, wanted.key)
        if remark is not None:
            found.append(_task(definition, step, remark))
    return tuple(found)


def _remark(definition: Definition, step: Step, role: str) -> str | None:
    """Return why a step is in the list of a role: empty when it is simply its own, None when it is not."""
    if role in step.actors:
        return ""
    for key in step.actors:
        actor = definition.roles[key]
        if actor.stands_for == role:
            return word("checklist", "designated")
        if actor.through == role:
            return word("checklist", "through", role=actor.title)
    return word("checklist", "also") if role in step.also_by else None


def _task(definition: Definition, step: Step, remark: str) -> Task:
    scope = definition.scopes[step.scope]
    once = scope.parent is None
    return Task(
        step=step.id,
        number=step.number,
        title=step.title,
        says=step.says,
        cites=step.cites,
        scope=plain("once") if once else plain("per", scope=scope.title),
        when=say_term(step.due.rule, definition.moments) if step.due else "",
        how=say_how(step),
        notes=tuple(filter(None, (remark, *_notes(definition, step)))),
    )


def _notes(definition: Definition, step: Step) -> tuple[str, ...]:
    notes = []
    if step.when:
        said = "; ".join(say_condition(definition, name) for name in step.when)
        notes.append(word("checklist", "only_if", conditions=said))
    if step.from_states and definition.states:
        states = ", ".join(definition.states.title(state) for state in step.from_states)
        notes.append(word("checklist", "states", states=states))
    if step.after:
        notes.append(word("checklist", "after", steps=", ".join(step.after.steps)))
    if step.after and step.after.join:
        narrower = [
            definition.steps[name].scope
            for name in step.after.steps
            if step.scope in definition.broader[definition.steps[name].scope]
        ]
        key = "join_all" if step.after.join is Join.ALL else "join_any"
        titles = ", ".join(dict.fromkeys(definition.scopes[name].title for name in narrower))
        notes.append(word("checklist", key, scope=titles))
    blocking = [
        definition.gates[name] for name in step.gates if definition.gates[name].on_fail is not OnFail.ALARM
    ]
    if blocking:
        notes.append(word("checklist", "gates", gates=" ".join(_bare(gate.refusal) for gate in blocking)))
    if step.documents_out:
        names = "; ".join(definition.documents[key].name for key in step.documents_out)
        notes.append(word("checklist", "gives", documents=names))
    notes.append(word("needs", step.needs))
    if step.returns:
        notes.append(word("checklist", "returns", steps=", ".join(step.returns.steps)))
    if step.repeat:
        notes.append(word("checklist", "repeat"))
    return tuple(notes)


class _Blank(dict[str, str]):
    """Leaves dots where a sentence would name what it found."""

    def __missing__(self, key: str) -> str:
        return "…"


def _bare(refusal: str) -> str:
    return refusal.format_map(_Blank())


def draw_checklist(definition: Definition, role: str, *, width: int = 100) -> str:
    """Return the checklist of a role as text, for a terminal or a printed sheet.

    Raises:
        KeyError: the procedure has no such role.
    """
    title = definition.roles[role].title
    tasks = checklist(definition, role)
    heading = word("checklist", "title", role=title, procedure=definition.key)
    lines = [heading, "─" * min(width, len(heading)), ""]
    if not tasks:
        return "\n".join([*lines, word("checklist", "empty", role=title), ""])
    for task in tasks:
        lines.append(f"☐ {task.step}  {task.title}  ({task.scope})")
        for sentence in filter(None, (f"«{task.says}» ({task.cites})", task.when, *task.how, *task.notes)):
            lines += _wrapped(sentence, width)
        lines.append("")
    return "\n".join(lines)


def _wrapped(sentence: str, width: int) -> list[str]:
    """Break a sentence into indented lines."""
    return wrap(sentence, width, initial_indent="    ", subsequent_indent="      ")
