"""Running and candidate: what each holds, and editing the candidate. Taking effect is in commit.py.

Trees are canonical and are replaced, never changed in place: who holds one may go on reading it.
"""

from __future__ import annotations

import copy
from typing import Literal

from lxml import etree

from labs.olt.canonical import canonical
from labs.olt.checks import check
from labs.olt.config import OltConfig
from labs.olt.deviating import Limits
from labs.olt.edit import DefaultOperation, apply_edit, without_operations
from labs.olt.entries import MOST, Entries, Step, Touched
from labs.olt.parse import parse, parse_after
from labs.olt.schema import Schema
from labs.olt.slices import Slicer
from labs.olt.validate import Validator

TestOption = Literal["test-then-set", "set", "test-only"]


class Datastores:
    """Two configurations. `modified_by`: the session that changed the candidate last, None where it is running."""

    def __init__(self, schema: Schema, validator: Validator, limits: Limits) -> None:
        self._limits = limits
        self._schema = schema
        self._validator = validator
        self.running = schema.empty()
        self.candidate = self.running
        self.modified_by: int | None = None
        self._slicer = Slicer(schema)
        self._valid: list[tuple[etree._Element, OltConfig]] = []  # what was found to be valid last, the newest first
        self._step: Step | None = None  # from running to what was edited last

    def edited(
        self,
        edit: etree._Element,
        default: DefaultOperation,
        *,
        values_only: bool = True,
        base: etree._Element | None = None,
    ) -> etree._Element:
        """The candidate, or `base`, with an edit-config's <config> applied; itself it stays. Raises RpcError."""
        wanted = canonical(edit, self._schema, operations=True)
        self._validator.check_values(without_operations(wanted))
        start = self.candidate if base is None else base
        result = copy.deepcopy(start)
        self._note(start, result, apply_edit(result, wanted, self._schema, default))
        if not values_only:
            self.validated(result)
        return result

    def whole(self, config: etree._Element) -> etree._Element:
        """A whole configuration from a client, canonical and with its values checked. Raises RpcError."""
        wanted = canonical(config, self._schema, operations=False)
        self._validator.check_values(wanted)
        result = self._schema.empty()
        apply_edit(result, wanted, self._schema, "merge")
        return result

    def validated(self, config: etree._Element) -> OltConfig:
        """What `config` says, once YANG and the OLT's own rules have nothing against it. Raises RpcError."""
        known = self._known(config)
        if known is not None:  # validate, commit and confirm are about the same tree
            return known
        parsed = self._after_step(config) or self._whole(config)
        self._limits.check(config)
        check(parsed, self._schema.prefixes)
        self._valid = [(config, parsed), *(v for v in self._valid if v[0] is self.running)]
        return parsed

    def step(self, before: etree._Element, after: etree._Element) -> Step | None:
        """What an edit made of `before` so that it became `after`; None where that is not known to be a little."""
        step = self._step
        known = step is not None and step.before.root is before and step.after.root is after
        return step if known else None

    def _known(self, config: etree._Element) -> OltConfig | None:
        return next((parsed for tree, parsed in self._valid if tree is config), None)

    def _whole(self, config: etree._Element) -> OltConfig:
        self._validator.check(config)
        return parse(config)

    def _after_step(self, config: etree._Element) -> OltConfig | None:
        """What `config` says where it is running but for a few entries, and these are found valid; None where all is
        to be looked at, also to say what is wrong."""
        step, known = self.step(self.running, config), self._known(self.running)
        part = None if step is None or known is None else self._slicer.cut(step)
        if step is None or known is None or part is None or not self._validator.accepts(part):
            return None
        return parse_after(step, known)

    def _note(self, start: etree._Element, result: etree._Element, touched: Touched | None) -> None:
        """Remember how far `result` is from running."""
        step = self._step
        self._step = None
        if touched is None:
            return
        if start is self.running:
            before = step.before if step is not None and step.before.root is start else Entries(start, self._schema)
            self._step = Step(before, Entries(result, self._schema), touched)
        elif step is not None and step.before.root is self.running and step.after.root is start:
            touched |= step.touched
            if len(touched) <= MOST:
                self._step = Step(step.before, Entries(result, self._schema), touched)

    def set_candidate(self, config: etree._Element, session: int) -> None:
        """The candidate is now this."""
        self.candidate = config
        self.modified_by = session

    def set_running(self, config: etree._Element) -> None:
        """Running is now this; an unmodified candidate follows it."""
        self.running = config
        if self.modified_by is None:
            self.candidate = config

    def discard(self) -> None:
        """The candidate is running again."""
        self.candidate = self.running
        self.modified_by = None
