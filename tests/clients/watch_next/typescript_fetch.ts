// Two calls by the client that openapi-generator makes as typescript-fetch.
import { Configuration, FeaturesApi, ServicesApi } from "./typescript-fetch/index.js";

const configuration = new Configuration({ basePath: process.argv[2] });
const service = await new ServicesApi(configuration).getServiceWatchNext({ userId: "8a2f" });
if (service.features.watchCount30d !== 47) throw new Error(JSON.stringify(service));
const features = await new FeaturesApi(configuration).getOnlineFeatures({
  getOnlineFeaturesRequest: { userId: "8a2f", features: new Set(["last_genre"] as const) },
});
if (!("features" in features)) throw new Error(JSON.stringify(features));
if (features.features.lastGenre !== "documentary") throw new Error(JSON.stringify(features));
console.log("openapi-generator typescript-fetch, watch_next: compiled, two calls");
