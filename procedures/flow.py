"""Draw a procedure from its definition alone: as text, as Mermaid, as SVG; and each role's checklist."""

from procedures.checklists import Task, checklist, draw_checklist
from procedures.definition import Definition, Join, Source, Step
from procedures.flow_layout import Move, moves_of, ways_of
from procedures.flow_svg import draw_svg
from procedures.flow_words import plain, say_condition, say_term_shortly, word

__all__ = [
    "Task",
    "checklist",
    "draw_checklist",
    "draw_mermaid",
    "draw_svg",
    "draw_text",
]


def draw_text(definition: Definition) -> str:
    """Return the flow as text, for a terminal: stage by stage, or state by state."""
    head = f"{definition.key}  {definition.title}"
    owner = word("svg", "version", version=definition.version, owner=definition.owner)
    lines = [head, owner, "", word("text", "legend")]
    lines += _text_of_states(definition) if definition.states else _text_of_graph(definition)
    return "\n".join(lines) + "\n"


def _text_of_graph(definition: Definition) -> list[str]:
    lines: list[str] = []
    stage: str | None = None
    branch: tuple[str, ...] = ()
    for step in definition.steps.values():
        if step.stage != stage:
            stage, branch = step.stage, ()
            title = definition.stages[stage].title if stage in definition.stages else ""
            lines += ["", word("text", "stage", stage=stage, title=title), ""]
        if step.when != branch:
            branch = step.when
            if branch:
                said = ", ".join(say_condition(definition, name) for name in branch)
                lines.append(f"  ├─ {said}")
        indent = "  │    " if branch else "  "
        lines.append(f"{indent}{_text_of_step(definition, step)}")
        lines += [f"{indent}       {remark}" for remark in _remarks(definition, step)]
    return lines


def _text_of_step(definition: Definition, step: Step) -> str:
    mark = "○" if not step.needs_person else "●"
    who = ", ".join(step.actors) or word("text", "lane_desk")
    scope = definition.scopes[step.scope]
    per = "" if scope.parent is None else f" · {plain('per', scope=scope.title)}"
    return f"{mark} {step.id:<7}{step.title} · {who}{per}"


def _remarks(definition: Definition, step: Step) -> list[str]:
    first = []
    if step.after:
        first.append(f"← {', '.join(step.after.steps)}")
        if joined := _say_join(definition, step):
            first.append(joined)
    if step.due:
        term = say_term_shortly(step.due.rule, definition.moments)
        first.append(f"≤ {term}" if term else "")
    first += [f"⏱ {trigger.name}" for trigger in step.on if trigger.source is Source.TIMER]
    if step.repeat:
        first.append("↺")
    second = []
    if step.gates:
        second.append(f"◆ {', '.join(step.gates)}")
    if step.returns:
        second.append(f"↩ {', '.join(step.returns.steps)}")
    return ["   ".join(filter(None, part)) for part in (first, second) if any(part)]


def _say_join(definition: Definition, step: Step) -> str:
    narrower = [
        definition.steps[way.start].scope for way in ways_of(definition) if way.end == step.id and way.join
    ]
    if not narrower or step.after is None:
        return ""
    scope = ", ".join(dict.fromkeys(definition.scopes[name].title for name in narrower))
    return word("text", "join_all" if step.after.join is Join.ALL else "join_any", scope=scope)


def _text_of_states(definition: Definition) -> list[str]:
    states = definition.states
    moves = moves_of(definition)
    lines: list[str] = []
    for state in states.names if states else ():
        ending = states is not None and state in states.final
        mark = f" ({word('text', 'final')})" if ending else ""
        lines += ["", f"{states.title(state) if states else state}{mark}"]
        for move in (move for move in moves if move.start == state):
            step = definition.steps[move.step]
            who = ", ".join(step.actors) or word("text", "lane_desk")
            target = "↺" if move.end == state else f"──▶ {states.title(move.end) if states else move.end}"
            said = ", ".join(say_condition(definition, name) for name in move.conditions)
            timers = "".join(f" ⏱ {t.name}" for t in step.on if t.source is Source.TIMER)
            lines.append(
                f"  ● {step.id:<9}{step.title} · {who}{timers}{f'  [{said}]' if said else ''}  {target}"
            )
    return lines


def draw_mermaid(definition: Definition) -> str:
    """Return the flow in Mermaid's language, for whoever pastes it into a document."""
    return _mermaid_of_states(definition) if definition.states else _mermaid_of_graph(definition)


def _mermaid_of_graph(definition: Definition) -> str:
    lines = ["flowchart TD"]
    stage: str | None = None
    for step in definition.steps.values():
        if step.stage != stage:
            if stage is not None:
                lines.append("  end")
            stage = step.stage
            title = definition.stages[stage].title if stage in definition.stages else ""
            named = word("text", "stage", stage=stage, title=title)
            lines.append(f'  subgraph S{stage or "0"}["{_quoted(named)}"]')
        who = ", ".join(step.actors) or word("text", "lane_desk")
        label = _quoted(f"{step.id} · {who}<br/>{step.title}")
        lines.append(f'    {step.id}("{label}")' if not step.needs_person else f'    {step.id}["{label}"]')
    lines.append("  end")
    for way in ways_of(definition):
        step = definition.steps[way.end]
        said = [say_condition(definition, name) for name in step.when]
        if way.join:
            scope = definition.scopes[definition.steps[way.start].scope].title
            said.append(word("text", "join_all" if way.join is Join.ALL else "join_any", scope=scope))
        arrow = f'-- "{_quoted(", ".join(said))}" -->' if said else "-->"
        lines.append(f"  {way.start} {arrow} {way.end}")
    tints = {key: _steps_when(definition, key) for key in ("has_egas", "lacks_egas")}
    for key, colours in (("has_egas", "#e3f1ec,stroke:#2e7d68"), ("lacks_egas", "#fbf0dc,stroke:#bc955c")):
        if tints[key]:
            lines.append(f"  classDef {key} fill:{colours}")
            lines.append(f"  class {','.join(tints[key])} {key}")
    return "\n".join(lines) + "\n"


def _steps_when(definition: Definition, name: str) -> list[str]:
    return [step.id for step in definition.steps.values() if name in step.when]


def _mermaid_of_states(definition: Definition) -> str:
    states = definition.states
    lines = ["stateDiagram-v2"]
    if states is None:
        return "\n".join(lines)
    lines += [f'  state "{_quoted(states.title(state))}" as {state}' for state in states.names]
    lines.append(f"  [*] --> {states.initial}")
    for move in moves_of(definition):
        lines.append(f"  {move.start} --> {move.end} : {_mermaid_label(definition, move)}")
    lines += [f"  {state} --> [*]" for state in states.final]
    return "\n".join(lines) + "\n"


def _mermaid_label(definition: Definition, move: Move) -> str:
    said = ", ".join(say_condition(definition, name) for name in move.conditions)
    step = definition.steps[move.step]
    label = f"{step.id} {step.title}" + (f" ({said})" if said else "")
    # A colon or a semicolon would end the label.
    return label.replace(":", " ").replace(";", ",")


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")
