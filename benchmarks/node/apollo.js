// Apollo Server 5, as its documentation has it.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { contextOf, resolvers, typeDefs } from './legacy.js';
import { task } from './task.js';

const server = new ApolloServer({ typeDefs, resolvers, introspection: false });
await startStandaloneServer(server, {
  listen: { port: task.port, host: '127.0.0.1' },
  context: async ({ req }) => contextOf(req.headers),
});
