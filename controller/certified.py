"""A certificate looked at again: which of its findings single packets confirm, contradict, or say nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from controller.certificate import Certificate
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.verify.recheck import Looked, Outcome, Recheck
from intents.verify.reference.as_read import network_as_read


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of each finding, in the order of the certificate. unjudged: intents of the texts of which the
    certificate says nothing, or the other way round."""

    certificate: Certificate
    looked: tuple[Looked, ...]
    unjudged: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing contradicts the certificate. Whether its intents hold is another question: `holds`."""
        return not self.unjudged and all(one.outcome is not Outcome.DISAGREED for one in self.looked)

    @property
    def holds(self) -> bool:
        """Whether the certificate says that all intents hold."""
        return all(i["holds"] for i in self.certificate.proven["intents"])

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        c = self.certificate
        return {
            "certificate": {
                "time": c.made.time,
                "revision": c.made.revision,
                "clearway": c.made.clearway,
                "hashes": dict(c.hashes),
                "seal": c.seal,
                "holds": self.holds,
            },
            "unjudged": list(self.unjudged),
            "findings": [
                {
                    "intent": one.intent,
                    "property": one.property,
                    "outcome": str(one.outcome),
                    "packets": one.packets,
                    "why": one.why,
                }
                for one in self.looked
            ],
        }


def check(certificate: Certificate) -> Checked:
    """Look at every finding again. Raises ClearwayError where the state in it cannot be walked through."""
    project = certificate.project
    intents = {r.name: r for r in project.intents}
    judged = {i["name"]: i["evidence"] for i in certificate.proven["intents"]}
    try:
        network = network_as_read(project.checked_campus(), certificate.operational)
        objects = sum(len(seen.state.objects) for seen in certificate.operational.devices.values())
        recheck = Recheck(project.checked_campus(), project.intents, network, objects)
        looked = tuple(
            recheck.look(name, finding) for name in sorted(set(judged) & set(intents)) for finding in judged[name]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ClearwayError(
            Diagnostic(
                code="certificate-damaged",
                message=f"what the certificate says cannot be followed: {error}",
                hint="take the file from where it was written; a certificate is never edited",
            )
        ) from error
    return Checked(certificate=certificate, looked=looked, unjudged=tuple(sorted(set(judged) ^ set(intents))))
