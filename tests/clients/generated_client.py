"""Two calls by a client that openapi-python-client or openapi-generator made.

    python generated_client.py URL openapi-python-client | openapi-generator
"""
import sys

url, generator = sys.argv[1:]
FEATURES = ["watch_count_30d", "last_genre"]

if generator == "openapi-python-client":
    from opc import Client
    from opc.api.features import get_online_features
    from opc.api.services import get_service_watch_next
    from opc.models import EntityUserIdRequest

    client = Client(base_url=url, raise_on_unexpected_status=True)
    service = get_service_watch_next.sync(client=client, user_id="8a2f").to_dict()
    body = EntityUserIdRequest.from_dict({"user_id": "8a2f", "features": FEATURES})
    features = get_online_features.sync(client=client, body=body).to_dict()
else:
    import openapi_client
    from openapi_client.models import EntityUserIdRequest, GetOnlineFeaturesRequest

    client = openapi_client.ApiClient(openapi_client.Configuration(host=url))
    service = openapi_client.ServicesApi(client).get_service_watch_next(user_id="8a2f").to_dict()
    body = GetOnlineFeaturesRequest(EntityUserIdRequest.from_dict({"user_id": "8a2f", "features": FEATURES}))
    features = openapi_client.FeaturesApi(client).get_online_features(body).to_dict()

assert service["features"]["watch_count_30d"] == 47, service
given = {name: value for name, value in features["features"].items() if value is not None}
assert given == {"watch_count_30d": 47, "last_genre": "documentary"}, features
print(f"{generator}: generated, imported, two calls")
