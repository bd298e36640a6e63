// Reads of the mobile network for the peers that are code, through no cache, Redis or the process.
import { readFileSync } from 'node:fs';
import DataLoader from 'dataloader';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { invoicesOf, linesOf } from './rows.js';
import { task } from './task.js';

const PAGE_ROWS = 500;
const KEYS_MAX = 50;
const PATHS = {
  organization: '/tmf-api/party/v4/organization',
  agreement: '/tmf-api/agreementManagement/v4/agreement',
  product: '/tmf-api/productInventory/v4/product',
  resource: '/tmf-api/resourceInventoryManagement/v4/resource',
  bill: '/tmf-api/customerBillManagement/v4/customerBill',
};

const pool = new Pool(task.mobile, { connections: 32, pipelining: 1 });

// --- calls ---

async function page(path, query, offset) {
  const asked = new URLSearchParams({ ...query, offset, limit: PAGE_ROWS });
  const { body, headers } = await pool.request({ path: `${path}?${asked}`, method: 'GET' });
  return { rows: await body.json(), total: Number(headers['x-total-count']) };
}

async function pages(path, query) {
  const { rows, total } = await page(path, query, 0);
  const more = [];
  for (let offset = PAGE_ROWS; offset < total; offset += PAGE_ROWS) more.push(page(path, query, offset));
  return rows.concat(...(await Promise.all(more)).map((each) => each.rows));
}

async function find(what, attribute, values, fields, filters = {}) {
  const asked = [];
  for (let at = 0; at < values.length; at += KEYS_MAX) {
    asked.push(pages(PATHS[what], { [attribute]: values.slice(at, at + KEYS_MAX).join(','), fields, ...filters }));
  }
  return (await Promise.all(asked)).flat();
}

// --- where lists are kept ---

const held = new Map();

async function inProcess(kind, keys, fetch) {
  const missing = keys.filter((key) => !held.has(kind + key));
  if (missing.length) (await fetch(missing)).forEach((rows, index) => held.set(kind + missing[index], rows));
  return keys.map((key) => held.get(kind + key));
}

const redis = task.cache === 'redis' ? new Redis(task.redis) : null;

async function inRedis(kind, keys, fetch) {
  const texts = await redis.mget(keys.map((key) => kind + key));
  const found = new Map(keys.map((key, index) => [key, texts[index] && JSON.parse(texts[index])]));
  const missing = keys.filter((key) => !found.get(key));
  if (missing.length) {
    const fetched = await fetch(missing);
    missing.forEach((key, index) => found.set(key, fetched[index]));
    await redis.mset(missing.flatMap((key, index) => [kind + key, JSON.stringify(fetched[index])]));
  }
  return keys.map((key) => found.get(key));
}

const through = { none: (_kind, keys, fetch) => fetch(keys), process: inProcess, redis: inRedis }[task.cache];

// --- what the servers use ---

/** Make the context of one request: who asks, and loaders of its own. */
export function contextOf(headers) {
  return {
    taxCode: headers['x-company'],
    lines: new DataLoader((codes) => through('lines:', codes, (missing) => Promise.all(missing.map((code) => linesOf(find, code))))),
    invoices: new DataLoader((accounts) => through('invoices:', accounts, (missing) => invoicesOf(find, missing, task))),
  };
}

export const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export const resolvers = {
  Query: { customer: () => ({}) },
  Customer: {
    mobileLines: async (_customer, { first }, context) => {
      const rows = await context.lines.load(context.taxCode);
      return { totalCount: rows.length, nodes: rows.slice(0, first) };
    },
  },
  MobileLine: {
    invoices: async (line, { first }, context) => ({ nodes: (await context.invoices.load(line.account)).slice(0, first) }),
  },
};
