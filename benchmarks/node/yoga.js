// GraphQL Yoga on node:http; it keeps parsed and validated documents by itself.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { contextOf, resolvers, typeDefs } from './legacy.js';
import { task } from './task.js';

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: ({ req }) => contextOf(req.headers),
  logging: false,
  graphiql: false,
  landingPage: false,
});
createServer(yoga).listen(task.port, '127.0.0.1');
