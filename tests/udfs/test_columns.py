"""A column is what PyFlink's worker takes, and reaches Arrow as it was."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from pyflink.table import DataTypes
from pyflink.table.types import create_arrow_schema
from pyflink.table.utils import pandas_to_arrow

from udfs.columns import column_of

ITEMS = DataTypes.ROW(
    [
        DataTypes.FIELD("ids", DataTypes.ARRAY(DataTypes.STRING())),
        DataTypes.FIELD("manifest", DataTypes.BYTES()),
    ]
)


def test_a_column_goes_through_flinks_worker_unchanged() -> None:
    schema = create_arrow_schema(["items"], [ITEMS])
    rows = [{"ids": ["1", "Leganés"], "manifest": None}, {"ids": [], "manifest": b"\x00m"}]
    column = column_of(pa.array(rows, schema.field("items").type))
    assert type(column) is pd.Series  # what PyFlink insists on
    assert len(column) == len(rows)
    assert pandas_to_arrow(schema, "UTC", [ITEMS], [column]).column(0).to_pylist() == rows
