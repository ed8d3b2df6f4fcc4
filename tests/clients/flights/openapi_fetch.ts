// Two calls by openapi-fetch, over the types that openapi-typescript makes: two entities and windows.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const query = { origin: "JFK", carrier: "B6", tailnum: "N571JB" };
const service = await client.GET("/services/recent_delays", { params: { query } });
const departures: number | undefined = service.data?.features.departures_1h;
if (!departures) throw new Error(JSON.stringify(service));
const features = await client.POST("/get-online-features", {
  body: { origin: "JFK", carrier: "B6", features: ["departures_1h", "carrier_delay_6h"] },
});
if (!features.data || !("features" in features.data)) throw new Error(JSON.stringify(features));
if (features.data.features.departures_1h !== departures) throw new Error(JSON.stringify(features));
console.log("openapi-typescript, flights: compiled, two calls by openapi-fetch");
