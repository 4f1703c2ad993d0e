"""N tokens beside a density: the user's cross-check of a record.

Tokens are drawn from the record's initial density and moved by what its case says, read by the functions that the
density's own problem is built with. Below, one module says what moves them, one how the sums over them are taken, one
how noise turns them, one where they start.
"""

from kinetic.tokens.follow import TokenRun, follow_rows, follow_tokens
from kinetic.tokens.moving import token_paths

__all__ = ["TokenRun", "follow_rows", "follow_tokens", "token_paths"]
