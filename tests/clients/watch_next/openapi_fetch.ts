// Two calls by openapi-fetch, over the types that openapi-typescript makes.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const service = await client.GET("/services/watch_next", { params: { query: { user_id: "8a2f" } } });
if (service.data?.features.watch_count_30d !== 47) throw new Error(JSON.stringify(service));
const features = await client.POST("/get-online-features", {
  body: { user_id: "8a2f", features: ["last_genre"] },
});
if (!features.data || !("features" in features.data)) throw new Error(JSON.stringify(features));
if (features.data.features.last_genre !== "documentary") throw new Error(JSON.stringify(features));
console.log("openapi-typescript, watch_next: compiled, two calls by openapi-fetch");
