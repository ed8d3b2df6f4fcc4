"""Every dtype of Feast's that there is here too: the same rows by Feast's own server and by ours, compared
as they come over HTTP and as Feast's client gives them.

    python feast_dtypes.py URL    where `feast-dtypes` is served over the rows of every_rows.py
"""
import datetime, json, pathlib, sys, tempfile

import feast, pandas, pyarrow.parquet
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType, types

import feast_servers
from every_rows import table
from feast_servers import post

Array = types.Array
DTYPES = {
    "yes": types.Bool, "int32": types.Int32, "int64": types.Int64, "float32": types.Float32, "float64": types.Float64,
    "text": types.String, "bytes": types.Bytes, "instant": types.UnixTimestamp, "device": types.Uuid,
    "price": types.Decimal, "document": types.Json, "yeses": Array(types.Bool), "int32s": Array(types.Int32),
    "int64s": Array(types.Int64), "float32s": Array(types.Float32), "float64s": Array(types.Float64),
    "texts": Array(types.String), "many_bytes": Array(types.Bytes), "instants": Array(types.UnixTimestamp),
}
IDS = [1, 2, 3, 4, 99]


def store(directory, online, file):
    directory.mkdir()
    (directory / "feature_store.yaml").write_text(
        f"project: every\nprovider: local\nregistry: {directory}/registry.db\n"
        f"online_store: {json.dumps(online)}\noffline_store: {{type: file}}\nentity_key_serialization_version: 3\n"
    )
    entity = Entity(name="row", join_keys=["id"], value_type=ValueType.INT64)
    schema = [Field(name=name, dtype=dtype) for name, dtype in {**DTYPES, "id": types.Int64}.items()]
    source = FileSource(name="every_source", path=str(file), timestamp_field="event_timestamp")
    made = FeatureStore(str(directory))
    made.apply([entity, FeatureView(name="every", entities=[entity], schema=schema, source=source, ttl=datetime.timedelta(0))])
    return made


# Where Feast's own servers differ from each other, or from the value: the row, and what one of them gives.
THEIRS = {
    # An empty value of bytes is null to 0.67.
    "bytes": (1, ["None", None]),
    # 0.67 rounds times in lists towards 1970, and times by themselves down; 0.63 rounds all down.
    "instants": (0, ["[1778155200, -1815346676]", [1778155200, -1815346676]]),
}


class Number(str):
    """A number as it is written."""

    def __repr__(self):
        return str(self)


def written(text, name):
    """What stands for a feature in an answer, its numbers as they are written."""
    answer = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)
    found = answer["results"][answer["metadata"]["feature_names"].index(name)]
    # A null that is stored is `NOT_FOUND` to Feast's server, whose form has a status for it.
    statuses = ["NOT_FOUND" if status == "NULL_VALUE" else status for status in found["statuses"]]
    return [repr(value) for value in found["values"]], statuses


def main(directory):
    file, ours = directory / "every.parquet", sys.argv[1]
    pyarrow.parquet.write_table(table(), file)
    server = store(directory / "server", {"type": "sqlite", "path": str(directory / "online.db")}, file)
    # Row by row and in Arrow's own types: to Feast, an integer beside a null is a float.
    for row in range(table().num_rows):
        server.write_to_online_store("every", table().slice(row, 1).to_pandas(types_mapper=pandas.ArrowDtype))
    with feast_servers.theirs(directory / "server") as theirs:
        return compare(directory, file, ours, theirs)


def compare(directory, file, ours, theirs):
    differ, failed = [], []

    def check(what, mine, other):
        if mine != other:
            differ.append(what)
            print(f"DIFFER {what}\n  ours   {mine}\n  theirs {other}")

    clients = [store(directory / name, {"type": "remote", "path": path}, file) for name, path in (("ours", ours), ("theirs", theirs))]
    rows = [{"id": one} for one in IDS]
    # One at a time: what Feast's own server can't answer about says nothing of the others.
    for name in DTYPES:
        body = {"features": [f"every:{name}"], "entities": {"id": IDS}}
        (mine, my_text), (other, their_text) = (post(url, body) for url in (ours, theirs))
        if other != 200:
            failed.append(name)
            check(f"HTTP: {name}, which Feast's own server fails on", mine, 200)
            continue
        (my_values, my_statuses), (their_values, their_statuses) = (written(text, name) for text in (my_text, their_text))
        mine, other = (client.get_online_features([f"every:{name}"], rows).to_dict()[name] for client in clients)
        if name in THEIRS:
            row, allowed = THEIRS[name]
            for values, own in ((their_values, my_values), (other, mine)):
                values[row] = own[row] if values[row] in allowed else values[row]
        check(f"HTTP: {name}", (my_values, my_statuses), (their_values, their_statuses))
        check(f"client: {name}", repr(mine), repr(other))
    print(f"feast {feast.__version__}: {len(DTYPES)} dtypes, {len(differ)} answers that differ; Feast's own server fails on: {', '.join(failed) or 'none'}")
    return len(differ)


with tempfile.TemporaryDirectory() as temporary:
    sys.exit(min(main(pathlib.Path(temporary)), 1))
