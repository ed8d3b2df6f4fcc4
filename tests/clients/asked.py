"""What clients that are made from the description ask of each example, and what they must be given: what
the address itself answers."""
import datetime, decimal, json, urllib.parse, urllib.request, uuid

EXAMPLES = {
    "watch_next": {
        "service": ("watch_next", {"user_id": "8a2f"}),
        "features": ({"user_id": "8a2f"}, ["watch_count_30d", "last_genre"]),
    },
    "flights": {
        "service": ("recent_delays", {"origin": "JFK", "carrier": "B6", "tailnum": "N571JB"}),
        "features": ({"origin": "JFK", "carrier": "B6"}, ["departures_1h", "carrier_delay_6h", "temp_f"]),
    },
    "every": {
        "service": ("all_of_every", {"id": 1}),
        "features": ({"id": 1}, [
            "yes", "int32", "int64", "float32", "float64", "text", "bytes", "instant", "device", "price", "document",
            "yeses", "int32s", "int64s", "float32s", "float64s", "texts", "many_bytes", "instants",
        ]),
    },
}


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def service_answer(url, service, keys):
    with urllib.request.urlopen(f"{url}/services/{service}?{urllib.parse.urlencode(keys)}") as answer:
        return json.load(answer)


def features_answer(url, keys, names):
    request = urllib.request.Request(f"{url}/get-online-features", json.dumps({**keys, "features": names}).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(what, given, answer):
    """Whether a client gives what is answered: null may be left out, and a text be what it stands for."""
    assert any(value is not None for value in answer["features"].values()), f"{what}: nothing is known"
    assert same(given, answer), f"{what}\n  given  {given}\n  answer {answer}"


def same(given, answer):
    if isinstance(answer, dict):
        if not isinstance(given, dict):
            return False
        given, answer = ({name: value for name, value in one.items() if value is not None} for one in (given, answer))
        return given.keys() == answer.keys() and all(same(given[name], answer[name]) for name in answer)
    if isinstance(answer, list):
        return isinstance(given, list) and len(given) == len(answer) and all(map(same, given, answer))
    if isinstance(answer, str):
        return as_text(given, answer) == as_text(answer, answer)
    return type(given) in (type(answer), float, int) and given == answer


def as_text(value, like):
    if isinstance(value, (uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if isinstance(value, str) and like.endswith("Z"):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value
