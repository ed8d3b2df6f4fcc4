"""Two calls by a client that openapi-python-client or openapi-generator made of an example's description.

    python generated_client.py URL openapi-python-client | openapi-generator EXAMPLE
"""
import importlib, sys

from asked import EXAMPLES, camel, check, features_answer, service_answer

url, generator, example = sys.argv[1:]
service, service_keys = EXAMPLES[example]["service"]
keys, names = EXAMPLES[example]["features"]
method = f"get_service_{service}"
form = f"Entity{''.join(map(camel, sorted(keys)))}Request"

if generator == "openapi-python-client":
    from opc import Client, models
    from opc.api.features import get_online_features

    client = Client(base_url=url, raise_on_unexpected_status=True)
    get_service = importlib.import_module(f"opc.api.services.{method}")
    of_service = get_service.sync(client=client, **service_keys).to_dict()
    body = getattr(models, form).from_dict({**keys, "features": names})
    features = get_online_features.sync(client=client, body=body).to_dict()
else:
    import openapi_client
    from openapi_client import models

    client = openapi_client.ApiClient(openapi_client.Configuration(host=url))
    of_service = getattr(openapi_client.ServicesApi(client), method)(**service_keys).to_dict()
    body = models.GetOnlineFeaturesRequest(getattr(models, form).from_dict({**keys, "features": names}))
    features = openapi_client.FeaturesApi(client).get_online_features(body).to_dict()

check("a service", of_service, service_answer(url, service, service_keys))
check("features", features, features_answer(url, keys, names))
print(f"{generator}, {example}: generated, imported, two calls")
