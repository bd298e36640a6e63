// Apollo Client: URL in the environment, a list of {query, variables, token} on stdin, what each gave on stdout.
import { text } from "node:stream/consumers";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";

const errorsOf = (error) => {
  if (CombinedGraphQLErrors.is(error)) return error.errors;
  if (ServerError.is(error)) return JSON.parse(error.bodyText).errors;
  if (error) throw error;
  return [];
};

const told = [];
for (const { query, variables, token } of JSON.parse(await text(process.stdin))) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const client = new ApolloClient({
    link: new HttpLink({ uri: process.env.URL, headers }),
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: "no-cache", errorPolicy: "all" } },
  });
  const { data, error } = await client.query({ query: gql(query), variables });
  told.push({ data: data ?? null, errors: errorsOf(error) });
}
console.log(JSON.stringify(told));
