// Two calls by the client that openapi-generator makes as typescript-fetch: every dtype.
import { Configuration, FeaturesApi, ServicesApi } from "./typescript-fetch/index.js";

const configuration = new Configuration({ basePath: process.argv[2] });
const service = await new ServicesApi(configuration).getServiceAllOfEvery({ id: 1 });
if (service.features.int64 !== 7) throw new Error(JSON.stringify(service));
const names = ["yes", "text", "instant", "price", "document", "texts", "many_bytes"] as const;
const features = await new FeaturesApi(configuration).getOnlineFeatures({
  getOnlineFeaturesRequest: { id: 1, features: new Set(names) },
});
if (!("features" in features)) throw new Error(JSON.stringify(features));
const { yes, text, instant, price, texts, manyBytes } = features.features;
const given = JSON.stringify([yes, text, instant, price, texts, manyBytes]);
const wanted = '[true,"drama","2026-05-07T12:00:00.000Z","19.99",["a",""],["AP8=",""]]';
if (given !== wanted) throw new Error(given);
console.log("openapi-generator typescript-fetch, every: compiled, two calls");
