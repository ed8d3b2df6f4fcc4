"""Two calls by aiopenapi3, which reads the description as it runs: python aiopenapi3_client.py URL"""
import sys

import aiopenapi3

api = aiopenapi3.OpenAPI.load_sync(f"{sys.argv[1]}/openapi.json")
service = getattr(api._, "getService.watch_next")(parameters={"user_id": "8a2f"})
assert service.features.watch_count_30d == 47, service
features = api._.getOnlineFeatures(data={"user_id": "8a2f", "features": ["last_genre"]})
assert "documentary" in repr(features), features
print("aiopenapi3: loaded, two calls")
