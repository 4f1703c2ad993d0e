"""What can go wrong, as types. Every message says what was wrong, what was received, what is allowed, what to do.

The command line maps each type to an exit status and prints the message on one line; a traceback that reaches
a user is a defect of kinetic.
"""

from typing import Literal


class KineticError(Exception):
    """Base of every error that kinetic raises on purpose."""

    exit_status = 2


class CaseError(KineticError):
    """A case file (or an override of it) that cannot be what its author meant."""


class DomainError(KineticError, ValueError):
    """A mathematical argument outside the range in which a function is defined or can be trusted."""


class RecordError(KineticError):
    """A record that cannot be read, written, overwritten or continued."""


class NumericsError(KineticError):
    """The numerics stopped the run; what was computed before is kept in the record."""

    exit_status = 3
    status: Literal["unresolved", "blowup"] = "blowup"


class Unresolved(NumericsError):
    """The space no longer carries the density: from here on numbers would be wrong."""

    status = "unresolved"


class Blowup(NumericsError):
    """A number became infinite, undefined or impossible (mass lost, a step of no length)."""

    status = "blowup"
