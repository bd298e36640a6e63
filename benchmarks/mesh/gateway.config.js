// Hive Gateway over the composed supergraph: rows come through Mesh's REST source, page after page, since it does not
// show the header with their number. What the rows mean is the same code as the other peers on Node have.
import { defineConfig } from '@graphql-hive/gateway';
import DataLoader from 'dataloader';
import { invoicesOf, linesOf } from '../node/rows.js';

const task = JSON.parse(process.env.BENCHMARK_TASK);

const PAGE_ROWS = 500;
const KEYS_MAX = 50;
const CHARACTERISTICS = '{ name value }';
const SELECTIONS = {
  organizations: '{ id }',
  agreements: `{ id characteristic ${CHARACTERISTICS} }`,
  products: `{
    status agreement { id name } productOffering { name } productCharacteristic ${CHARACTERISTICS}
    realizingResource { id } relatedParty { id }
  }`,
  resources: `{ id administrativeState resourceCharacteristic ${CHARACTERISTICS} }`,
  bills: `{
    billNo billDate category billingPeriod { startDateTime endDateTime } paymentDueDate taxExcludedAmount { value }
    taxIncludedAmount { value } remainingAmount { value } state billingAccount { id }
  }`,
};
SELECTIONS.customerResources = SELECTIONS.resources;

async function pages(field, args, context, info) {
  const rows = [];
  let page;
  do {
    const asked = { root: {}, args: { ...args, offset: rows.length }, selectionSet: SELECTIONS[field], context, info };
    page = await context.Mobile.Query[field](asked);
    rows.push(...page);
  } while (page.length === PAGE_ROWS);
  return rows;
}

/** Give the `find` of rows.js, reading through the subgraph. */
function finder(context, info) {
  return async (what, attribute, values, _fields, filters = {}) => {
    const field = what === 'resource' && attribute !== 'id' ? 'customerResources' : `${what}s`;
    const since = filters['billDate.gte'];
    const asked = [];
    for (let at = 0; at < values.length; at += KEYS_MAX) {
      const args = { values: values.slice(at, at + KEYS_MAX).join(','), ...(since && { since: encodeURIComponent(since) }) };
      asked.push(pages(field, args, context, info));
    }
    return (await Promise.all(asked)).flat();
  };
}

function invoiceLoader(context, info) {
  context.invoices ??= new DataLoader((accounts) => invoicesOf(finder(context, info), accounts, task));
  return context.invoices;
}

export const gatewayConfig = defineConfig({
  supergraph: new URL('supergraph.graphql', import.meta.url).pathname,
  transportEntries: { Mobile: { location: task.mobile } },
  host: '127.0.0.1',
  port: task.port,
  fork: 1,
  jit: true,
  logging: 'error',
  landingPage: false,
  graphiql: false,
  additionalResolvers: {
    Query: { customer: () => ({}) },
    Customer: {
      mobileLines: async (_customer, { first }, context, info) => {
        const rows = await linesOf(finder(context, info), context.headers['x-company']);
        return { totalCount: rows.length, nodes: rows.slice(0, first) };
      },
    },
    MobileLine: {
      invoices: async (line, { first }, context, info) => ({
        nodes: (await invoiceLoader(context, info).load(line.account)).slice(0, first),
      }),
    },
  },
});
