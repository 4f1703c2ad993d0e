"""What a case may name and no numerics follows: each refusal says what was received, what is allowed and what to do."""

from kinetic.assembly.refusals.possible import require_possible, seen_in, unfollowed

__all__ = ["require_possible", "seen_in", "unfollowed"]
