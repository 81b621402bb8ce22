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
from labs.olt.parse import parse
from labs.olt.schema import Schema
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
        self._valid: tuple[etree._Element, OltConfig] | None = None

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
        result = copy.deepcopy(self.candidate if base is None else base)
        apply_edit(result, wanted, self._schema, default)
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
        known = self._valid
        if known is not None and known[0] is config:  # validate, commit and confirm are about the same tree
            return known[1]
        self._validator.check(config)
        self._limits.check(config)
        parsed = parse(config)
        check(parsed, self._schema.prefixes)
        self._valid = (config, parsed)
        return parsed

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
