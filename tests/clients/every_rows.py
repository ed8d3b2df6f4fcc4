"""Rows of the view that `feast-dtypes` declares: python every_rows.py FILE"""
import datetime, decimal, sys, uuid

import pyarrow, pyarrow.parquet

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 5, 7, 12, tzinfo=UTC)
LONG_AGO = datetime.datetime(1912, 6, 23, 1, 2, 3, 999999, tzinfo=UTC)
FRACTION = datetime.datetime(2026, 5, 7, 12, 0, 0, 500000, tzinfo=UTC)
ID = uuid.UUID("6f1f5f9e-7d0a-4c57-9b7c-0d7a3c1a2b3c")
PA = pyarrow
TIME = PA.timestamp("us", "UTC")

# Each column with its type and its values in rows 1, 2 and 3; in row 4 all are null.
COLUMNS = {
    "yes": (PA.bool_(), [True, False, True]),
    "int32": (PA.int32(), [7, -(2**31), 2**31 - 1]),
    "int64": (PA.int64(), [7, -(2**63), 2**63 - 1]),
    "float32": (PA.float32(), [0.1, -3.4028234663852886e38, 1.401298464324817e-45]),
    "float64": (PA.float64(), [0.1, -1.7976931348623157e308, 5e-324]),
    "text": (PA.string(), ["drama", "", 'ü🎬\x1b"\\/\u2028\x7f']),
    "bytes": (PA.binary(), [b"\x00\xff", b"", b"drama"]),
    "instant": (TIME, [NOON, LONG_AGO, FRACTION]),
    "device": (PA.string(), [str(ID), str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))]),
    "price": (PA.decimal128(18, 2), [decimal.Decimal(text) for text in ("19.99", "-0.10", "9999999999999999.99")]),
    "document": (PA.string(), ['{"a":[1,2.5,null],"b":"ü"}', "[]", '"text"']),
    "yeses": (PA.list_(PA.bool_()), [[True, False], [True], [False]]),
    "int32s": (PA.list_(PA.int32()), [[1, -2], [2**31 - 1], [0]]),
    "int64s": (PA.list_(PA.int64()), [[1, -2], [2**63 - 1], [0]]),
    "float32s": (PA.list_(PA.float32()), [[0.1, 2.5], [1e10], [-0.0]]),
    "float64s": (PA.list_(PA.float64()), [[0.1, 2.5], [1e22], [-0.0]]),
    "texts": (PA.list_(PA.string()), [["a", ""], ["ü🎬"], ["x"]]),
    "many_bytes": (PA.list_(PA.binary()), [[b"\x00\xff", b""], [b"a"], [b"b"]]),
    "instants": (PA.list_(TIME), [[NOON, LONG_AGO], [FRACTION], [NOON]]),
}


def table():
    made = {"id": PA.array([1, 2, 3, 4], PA.int64()), "event_timestamp": PA.array([NOON] * 4, TIME)}
    made |= {name: PA.array([*values, None], parquet) for name, (parquet, values) in COLUMNS.items()}
    return PA.table(made)


def file_table():
    """The same with UUIDs as Parquet has them, where Feast takes texts."""
    made = table()
    bare = [None if text is None else uuid.UUID(text).bytes for text in made["device"].to_pylist()]
    column = PA.ExtensionArray.from_storage(PA.uuid(), PA.array(bare, PA.binary(16)))
    return made.set_column(made.column_names.index("device"), "device", column)


if __name__ == "__main__":
    pyarrow.parquet.write_table(file_table(), sys.argv[1])
