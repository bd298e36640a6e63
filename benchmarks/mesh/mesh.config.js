// The mobile network's REST as a subgraph, and beside it the types that the benchmark asks for. Composed once, by
// `npm run compose`; where the network is comes with the gateway's configuration.
import { readFileSync } from 'node:fs';
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';

const LINE_FIELDS = 'status,agreement,productOffering,productCharacteristic,realizingResource,relatedParty';
const SIM_FIELDS = 'administrativeState,resourceCharacteristic';
const BILL_FIELDS = 'billNo,billDate,category,billingPeriod,paymentDueDate,taxExcludedAmount,taxIncludedAmount,'
  + 'remainingAmount,state,billingAccount';

function list(field, path, attribute, fields, rows, filters = '') {
  const query = `${attribute}={args.values}&fields=${fields}&offset={args.offset}&limit=500${filters}`;
  return {
    type: 'Query', field, method: 'GET', path: `/tmf-api/${path}?${query}`,
    responseSchema: `./rows.schema.json#/definitions/${rows}`,
    argTypeMap: { values: { type: 'string' }, offset: { type: 'integer' } },
  };
}

const operations = [
  list('organizations', 'party/v4/organization', 'organizationIdentification.identificationId', 'name', 'Organizations'),
  list('agreements', 'agreementManagement/v4/agreement', 'engagedParty.id', 'characteristic', 'Agreements'),
  list('products', 'productInventory/v4/product', 'agreement.id', LINE_FIELDS, 'Products'),
  list('resources', 'resourceInventoryManagement/v4/resource', 'id', SIM_FIELDS, 'Resources'),
  list('customerResources', 'resourceInventoryManagement/v4/resource', 'relatedParty.id', SIM_FIELDS, 'Resources'),
  list('bills', 'customerBillManagement/v4/customerBill', 'billingAccount.id', BILL_FIELDS, 'Bills', '&billDate.gte={args.since}'),
];

const asked = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

export const composeConfig = defineConfig({
  subgraphs: [{ sourceHandler: loadJSONSchemaSubgraph('Mobile', { endpoint: 'http://127.0.0.1', operations }) }],
  additionalTypeDefs: asked.replace('type Query', 'extend type Query'),
});
