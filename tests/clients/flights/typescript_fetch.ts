// Two calls by the client that openapi-generator makes as typescript-fetch: two entities and windows.
import { Configuration, FeaturesApi, ServicesApi } from "./typescript-fetch/index.js";

const configuration = new Configuration({ basePath: process.argv[2] });
const keys = { origin: "JFK", carrier: "B6" };
const service = await new ServicesApi(configuration).getServiceRecentDelays({ ...keys, tailnum: "N571JB" });
const departures: number = service.features.departures1h;
if (!departures) throw new Error(JSON.stringify(service));
const features = await new FeaturesApi(configuration).getOnlineFeatures({
  getOnlineFeaturesRequest: { ...keys, features: new Set(["departures_1h", "carrier_delay_6h"] as const) },
});
if (!("features" in features)) throw new Error(JSON.stringify(features));
if (features.features.departures1h !== departures) throw new Error(JSON.stringify(features));
console.log("openapi-generator typescript-fetch, flights: compiled, two calls");
