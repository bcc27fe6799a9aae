"""Columns as PyFlink's worker takes them from a vectorised function, at a small cost a batch.

Live batches have some ten rows, so that what pandas does once a batch counts more than the rows.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa


def column_of(array: pa.Array) -> pd.Series:
    """The array as the Series that a vectorised function must return.

    The worker makes an Arrow array of it again, for which it asks for a mask of nulls: an Arrow
    array has them itself, and pyarrow takes it as it is if there is no mask.
    """
    column = pd.Series(pd.arrays.ArrowExtensionArray(array))
    object.__setattr__(column, "isnull", lambda: None)
    return column
