"""Names for the arrays and literals that cross module borders."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
ComplexArray: TypeAlias = NDArray[np.complex128]

Normalization: TypeAlias = Literal["none", "softmax"]
Status: TypeAlias = Literal["theorem", "derived", "heuristic"]
Verdict: TypeAlias = Literal["pass", "fail", "not applicable"]

__all__ = ["Array", "ArrayLike", "ComplexArray", "Integers", "Normalization", "Status", "Verdict"]
