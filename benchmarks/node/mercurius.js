// Mercurius on Fastify, every query compiled when it is first seen.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { contextOf, resolvers, typeDefs } from './legacy.js';
import { task } from './task.js';

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, context: (request) => contextOf(request.headers), jit: 1 });
await app.listen({ port: task.port, host: '127.0.0.1' });
