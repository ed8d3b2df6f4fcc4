"""Feast's own client over Feast's own server and over ours: the same data, the same requests.

    python feast_client.py URL    where the example watch-next is served
"""
import datetime, json, logging, pathlib, sys, tempfile

import feast, pandas
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, ValueType, types

import feast_servers
from feast_servers import post

OURS = sys.argv[1]
USERS = ["8a2f", "b13c", "nobody"]
VIEWS = {
    "user_segment": {"user_segment": types.String},
    "watch_activity": {"watch_count_30d": types.Int64},
    "last_genre": {"last_genre": types.String},
}
NAMES = [f"{view}:{name}" for view, columns in VIEWS.items() for name in columns]


def told(status, text):
    """The status of an answer and what its body says, which may be a text that is JSON itself."""
    return status, json.loads(text) if text.startswith(("{", '"')) else text


def declarations(directory, extra=()):
    user = Entity(name="user", join_keys=["user_id"], value_type=ValueType.STRING)
    made = [user]
    for name, columns in {**VIEWS, **dict(extra)}.items():
        source = FileSource(name=f"{name}_source", path=str(directory / "none.parquet"), timestamp_field="event_timestamp")
        schema = [Field(name=column, dtype=dtype) for column, dtype in columns.items()]
        schema.append(Field(name="user_id", dtype=types.String))
        made.append(FeatureView(name=name, entities=[user], schema=schema, source=source, ttl=datetime.timedelta(0)))
    made.append(FeatureService(name="watch_next", features=made[1:4]))
    return made


def store(directory, online, extra=()):
    directory.mkdir()
    pandas.DataFrame({"user_id": ["x"], "event_timestamp": [pandas.Timestamp("2026-01-01", tz="UTC")]} | {
        name: pandas.Series([0 if dtype == types.Int64 else "x"]) for columns in {**VIEWS, **dict(extra)}.values() for name, dtype in columns.items()
    }).to_parquet(directory / "none.parquet")
    (directory / "feature_store.yaml").write_text(
        f"project: watch_next\nprovider: local\nregistry: {directory}/registry.db\n"
        f"online_store: {json.dumps(online)}\noffline_store: {{type: file}}\nentity_key_serialization_version: 3\n"
    )
    made = FeatureStore(str(directory))
    made.apply(declarations(directory, extra))
    return made


def outcome(call):
    """What a call gives, or the exception that it raises, and how often something was logged as an error."""
    logged = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = logged.append
    logging.getLogger().addHandler(handler)
    try:
        return call(), len(logged)
    except Exception as error:
        return f"{type(error).__module__}.{type(error).__name__}", len(logged)
    finally:
        logging.getLogger().removeHandler(handler)


def main(directory):
    theirs = store(directory / "server", {"type": "sqlite", "path": str(directory / "online.db")})
    _, plain = told(*post(OURS, {"user_id": USERS[:2], "features": NAMES, "metadata": True}))
    for full in NAMES:
        view, name = full.split(":")
        rows = [{"user_id": one["user_id"], "event_timestamp": pandas.Timestamp(one["metadata"][full]["event_timestamp"]), name: one["features"][full]} for one in plain["results"]]
        theirs.write_to_online_store(view, pandas.DataFrame(rows))
    with feast_servers.theirs(directory / "server") as url:
        return compare(directory, url)


def compare(directory, url):
    differ = 0

    def check(what, ours, theirs):
        nonlocal differ
        same = ours == theirs
        differ += not same
        print(f"{'same  ' if same else 'DIFFER'} {what}" + ("" if same else f"\n  ours   {ours}\n  theirs {theirs}"))

    bodies = {
        "features of known and unknown users": {"features": NAMES, "entities": {"user_id": USERS}},
        "full names": {"features": NAMES, "entities": {"user_id": USERS}, "full_feature_names": True},
        "a service": {"feature_service": "watch_next", "entities": {"user_id": USERS[:2]}, "full_feature_names": False},
        "an unknown view": {"features": ["nothing:x"], "entities": {"user_id": USERS}},
        "an unknown service": {"feature_service": "nothing", "entities": {"user_id": USERS}},
    }
    for what, body in bodies.items():
        answers = []
        for status, answer in (told(*post(OURS, body)), told(*post(url, body))):
            if status == 200:
                results = zip(answer["metadata"]["feature_names"], answer["results"])
                answers.append({name: (one["values"], one["statuses"], [instant(time) for time in one["event_timestamps"]]) for name, one in results})
            else:
                detail = json.loads(answer) if isinstance(answer, str) and answer.startswith("{") else answer
                named = isinstance(detail, dict) and "class" in detail
                answers.append((status, detail["module"], detail["class"]) if named else (status, str(detail)))
        check(f"HTTP: {what}", *answers)
    extra = [("absent", {"nothing": types.String})]
    clients = [store(directory / name, {"type": "remote", "path": path}, extra) for name, path in (("ours", OURS), ("theirs", url))]
    rows = [{"user_id": user} for user in USERS]
    calls = {
        "features": lambda client: client.get_online_features(NAMES, rows).to_dict(include_event_timestamps=True),
        "full names": lambda client: client.get_online_features(NAMES, rows, full_feature_names=True).to_dict(),
        "a service": lambda client: client.get_online_features(client.get_feature_service("watch_next"), rows[:2]).to_dict(),
        # As text, since NaN is not itself.
        "a data frame": lambda client: repr(client.get_online_features(NAMES, rows).to_df().to_dict()),
        "a view that the server has not": lambda client: client.get_online_features(["absent:nothing"], rows).to_dict(),
        "a view that the client has not": lambda client: client.get_online_features(["nothing:x"], rows).to_dict(),
    }
    for what, call in calls.items():
        check(f"client: {what}", *(outcome(lambda: call(client)) for client in clients))
    # Where this reaches Feast's server it is a 500, which the client repeats until it gives up.
    ours, theirs = (outcome(lambda: client.get_online_features(NAMES, [{"other": 1}]).to_dict()) for client in clients)
    failed = theirs[0] == "requests.exceptions.RetryError"
    check("client: a join key that there is not", ours, ("feast.errors.EntityNotFoundException", 0) if failed else theirs)
    # What Feast's server has and this one has not, and what is refused before its form is known.
    frame = pandas.DataFrame({"user_id": ["x"], "event_timestamp": [pandas.Timestamp("2026-01-01", tz="UTC")], "last_genre": ["x"]})
    raised = outcome(lambda: clients[0].write_to_online_store("last_genre", frame))
    check("client: a write, which there is not", raised, ("feast.errors.FeastError", 0))
    long = [{"user_id": "x" * 2_000_000}]
    raised = outcome(lambda: clients[0].get_online_features(NAMES, long).to_dict())
    check("client: a body that is too large", raised, ("feast.errors.FeastError", 0))
    print(f"feast {feast.__version__}: {len(bodies)} requests and {len(calls) + 3} calls of its client, {differ} that differ")
    return differ


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


with tempfile.TemporaryDirectory() as temporary:
    sys.exit(min(main(pathlib.Path(temporary)), 1))
