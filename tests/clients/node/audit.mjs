// The audits of npm graphql-http against a server: URL and TOKEN in the environment, a list of results on stdout.
import { serverAudits } from "graphql-http";

const { URL: url, TOKEN: token } = process.env;
const signedIn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn: signedIn })) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, result: status, reason: reason ?? null });
}
console.log(JSON.stringify(results));
