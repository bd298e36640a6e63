// Reads of the mobile network for the peers on Node: the same calls and rows as `peers/legacy.py`.
import { readFileSync } from 'node:fs';
import DataLoader from 'dataloader';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { task } from './task.js';

const PAGE_ROWS = 500;
const KEYS_MAX = 50;
const SIMS_BY_KEY_MAX = 200;
const ORGANIZATION = '/tmf-api/party/v4/organization';
const AGREEMENT = '/tmf-api/agreementManagement/v4/agreement';
const PRODUCT = '/tmf-api/productInventory/v4/product';
const RESOURCE = '/tmf-api/resourceInventoryManagement/v4/resource';
const BILL = '/tmf-api/customerBillManagement/v4/customerBill';
const LINE_STATES = {
  created: 'ACTIVATING', pendingActive: 'ACTIVATING', active: 'ACTIVE', suspended: 'SUSPENDED',
  pendingTerminate: 'CEASING', terminated: 'CEASED', cancelled: 'CEASED', aborted: 'CEASED',
};
const BILL_STATES = { onHold: 'BEING_VERIFIED', partiallyPaid: 'PARTLY_PAID', settled: 'PAID' };

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

async function find(path, attribute, values, fields, filters = {}) {
  const asked = [];
  for (let at = 0; at < values.length; at += KEYS_MAX) {
    asked.push(pages(path, { [attribute]: values.slice(at, at + KEYS_MAX).join(','), fields, ...filters }));
  }
  return (await Promise.all(asked)).flat();
}

// --- rows ---

const characteristic = (list, name) => list.find((each) => each.name === name).value;
const money = (row) => ({ amount: row.value.toFixed(2) });
const compared = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function toSim(row) {
  return { iccid: characteristic(row.resourceCharacteristic, 'iccid'), blocked: row.administrativeState === 'locked' };
}

function toLine(row, accounts, sims) {
  const sim = row.realizingResource ? sims.get(row.realizingResource[0].id) : null;
  const state = LINE_STATES[row.status];
  const agreement = row.agreement[0];
  return {
    number: characteristic(row.productCharacteristic, 'msisdn'),
    state: state === 'ACTIVE' && sim && sim.blocked ? 'BLOCKED' : state,
    tariffPlan: row.productOffering.name,
    prepaid: characteristic(row.productCharacteristic, 'paymentType') === 'prepaid',
    contractNumber: agreement.name,
    sim,
    account: accounts.get(agreement.id),
  };
}

function toInvoice(row) {
  const dueOn = row.category === 'creditNote' ? null : row.paymentDueDate.slice(0, 10);
  const state = BILL_STATES[row.state] ?? 'UNPAID';
  return {
    number: row.billNo,
    kind: row.category === 'single' ? 'SINGLE' : 'MOBILE',
    state: state === 'UNPAID' && dueOn !== null && dueOn < task.today ? 'OVERDUE' : state,
    issuedOn: row.billDate.slice(0, 10),
    dueOn,
    period: { from: row.billingPeriod.startDateTime.slice(0, 10), to: row.billingPeriod.endDateTime.slice(0, 10) },
    total: { gross: money(row.taxIncludedAmount), net: money(row.taxExcludedAmount) },
    remaining: row.remainingAmount ? money(row.remainingAmount) : null,
  };
}

// --- lists by key ---

async function simsOf(products) {
  const keys = products.flatMap((row) => (row.realizingResource ?? []).map((each) => each.id));
  const fields = 'administrativeState,resourceCharacteristic';
  if (keys.length <= SIMS_BY_KEY_MAX) return find(RESOURCE, 'id', keys, fields);
  return find(RESOURCE, 'relatedParty.id', [products[0].relatedParty[0].id], fields);
}

async function linesOf(taxCode) {
  const [party] = await find(ORGANIZATION, 'organizationIdentification.identificationId', [taxCode], 'name');
  const agreements = await find(AGREEMENT, 'engagedParty.id', [party.id], 'characteristic');
  const accounts = new Map(agreements.map((row) => [row.id, characteristic(row.characteristic, 'billingAccountId')]));
  const fields = 'status,agreement,productOffering,productCharacteristic,realizingResource,relatedParty';
  const products = await find(PRODUCT, 'agreement.id', [...accounts.keys()], fields);
  const sims = new Map((await simsOf(products)).map((row) => [row.id, toSim(row)]));
  const lines = products.map((row) => toLine(row, accounts, sims));
  return lines.sort((a, b) => compared(a.number, b.number));
}

async function invoicesOf(accounts) {
  const fields = 'billNo,billDate,category,billingPeriod,paymentDueDate,taxExcludedAmount,taxIncludedAmount,'
    + 'remainingAmount,state,billingAccount';
  const since = `${task.issuedFrom}T00:00:00+01:00`;
  const rows = await find(BILL, 'billingAccount.id', accounts, fields, { 'billDate.gte': since });
  const found = new Map(accounts.map((account) => [account, []]));
  for (const row of rows) found.get(row.billingAccount.id).push(toInvoice(row));
  const newestFirst = (a, b) => compared(b.issuedOn, a.issuedOn) || compared(a.number, b.number);
  return accounts.map((account) => found.get(account).sort(newestFirst));
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
    lines: new DataLoader((codes) => through('lines:', codes, (missing) => Promise.all(missing.map(linesOf)))),
    invoices: new DataLoader((accounts) => through('invoices:', accounts, invoicesOf)),
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
