// The floor on Node: reads the request and answers `/<query>` with the bytes of a file.
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, parse } from 'node:path';
import { task } from './task.js';

const bodies = new Map(readdirSync(task.answers).map((name) => [`/${parse(name).name}`, readFileSync(join(task.answers, name))]));

createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const body = bodies.get(request.url);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
}).listen(task.port, '127.0.0.1');
