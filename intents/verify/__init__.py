"""Proof from what the devices say they run: intents, campus and operational state in, a verdict out. Pure."""

from intents.verify.assess import Ways, second, verify, verify_one
from intents.verify.beside import Task
from intents.verify.between import Loss, unsafe_between
from intents.verify.prover import Prover

__all__ = ["Loss", "Prover", "Task", "Ways", "second", "unsafe_between", "verify", "verify_one"]
