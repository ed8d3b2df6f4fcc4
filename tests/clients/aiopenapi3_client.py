"""Two calls by aiopenapi3, which reads the description as it runs: python aiopenapi3_client.py URL EXAMPLE"""
import sys

import aiopenapi3

from asked import EXAMPLES, check, features_answer, service_answer

url, example = sys.argv[1:]
service, service_keys = EXAMPLES[example]["service"]
keys, names = EXAMPLES[example]["features"]

api = aiopenapi3.OpenAPI.load_sync(f"{url}/openapi.json")
of_service = getattr(api._, f"getService.{service}")(parameters=service_keys)
check("a service", of_service.model_dump(mode="json", by_alias=True), service_answer(url, service, service_keys))
features = api._.getOnlineFeatures(data={**keys, "features": names})
check("features", features.model_dump(mode="json", by_alias=True), features_answer(url, keys, names))
print(f"aiopenapi3, {example}: loaded, two calls")
