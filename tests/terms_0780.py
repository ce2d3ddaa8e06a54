"""The terms of 0780-003-002 by step, as ledger 1 (2.4) states them: what calendars are checked against."""

import yaml

from procedures.deadline_rules import parse_due

_TERMS = """
A01: {latest: {first_of: [{calendar: fecha_circular_listados}, {working_days: 39, before: T0}]}}
A02: {latest: {working_days: 1, after: A01}}
A03: {latest: {working_days: 1, after: A01}}
A04: {latest: {working_days: 2, after: A01}}
A08: {latest: {first_of: [{calendar: fecha_entrega_pac}, {working_days: 10, after: A01}]}}
A11: {latest: {first_of: [{calendar: fecha_entrega_sac}, {working_days: 13, after: A01}]}}
A13: {latest: {first_of: [{calendar: fecha_entrega_ems}, {working_days: 15, after: A01}]}}
A15: {latest: {first_of: [{calendar: fecha_entrega_ooad}, {working_days: 18, after: A01}]}}
A22: {latest: {first_of: [{calendar: fecha_entrega_jspm}, {working_days: 20, after: A01}]}}
A26: {latest: {first_of: [{calendar: fecha_autorizacion}, {working_days: 25, after: A01}]}}
A28: {latest: {first_of: [{calendar: fecha_envio_ps}, {working_days: 28, after: A01}]}}
A30: {latest: {working_days: 29, after: A01}}
A32: {latest: {working_days: 31, after: A01}}
A33: {latest: {earliest_of: [{calendar: fecha_oficio_anticipo}, {working_days: 5, before: R}]}}
A34: {latest: {previous_working_day: {calendar_days: 7, before: T0}}}
A35: {latest: {working_days: 1, after: A34}}
A36: {latest: {working_days: 2, after: A34}}
A37: {latest: {working_days: 1, before: T0}}
A39: {latest: {working_days: 1, after: case_received_by_sac}}
A42: {latest: {working_days: 1, after: T1}}
A43: {latest: {working_days: 2, after: T1}}
A44: {exactly: {working_days: 2, after: T1}}
A45: {latest: {working_days: 3, after: T1}}
A46: {latest: {working_days: 4, after: T1}}
A47: {latest: {working_days: 5, after: T1}}
A48: {latest: {working_days: 10, after: T1}}
A49: {latest: {working_days: 3, after: A48}}
A50: {latest: {working_days: 5, after: A49}}
"""

TERMS = {step: parse_due(due) for step, due in yaml.safe_load(_TERMS).items()}
