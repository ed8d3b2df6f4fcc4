// Two calls by openapi-fetch, over the types that openapi-typescript makes: every dtype.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const service = await client.GET("/services/all_of_every", { params: { query: { id: 1 } } });
if (service.data?.features.int64 !== 7) throw new Error(JSON.stringify(service));
const features = await client.POST("/get-online-features", {
  body: { id: 1, features: ["yes", "text", "instant", "price", "document", "texts", "many_bytes"] },
});
if (!features.data || !("features" in features.data)) throw new Error(JSON.stringify(features));
const { yes, text, instant, price, texts, many_bytes } = features.data.features;
const given = JSON.stringify([yes, text, instant, price, texts, many_bytes]);
const wanted = '[true,"drama","2026-05-07T12:00:00Z","19.99",["a",""],["AP8=",""]]';
if (given !== wanted) throw new Error(given);
console.log("openapi-typescript, every: compiled, two calls by openapi-fetch");
