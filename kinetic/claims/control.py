"""What a claim needs, and what refutes it: the type of an entry in the table of controls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """Hypotheses of a claim, and the record that refutes it.

    Parameters
    ----------
    needs : str
        Hypotheses: of which runs the law speaks. Elsewhere the claim is not applicable.
    refused : str
        A record that must fail.
    test : str
        File below `tests/` and function that hold it.
    """

    needs: str
    refused: str
    test: str
