// What the peers on Node make of the mobile network's rows; the same calls and rows as `peers/legacy.py`.
// `find(what, attribute, values, fields, filters)` gives the rows of all values; how it asks is each peer's own.

const SIMS_BY_KEY_MAX = 200;
const LINE_STATES = {
  created: 'ACTIVATING', pendingActive: 'ACTIVATING', active: 'ACTIVE', suspended: 'SUSPENDED',
  pendingTerminate: 'CEASING', terminated: 'CEASED', cancelled: 'CEASED', aborted: 'CEASED',
};
const BILL_STATES = { onHold: 'BEING_VERIFIED', partiallyPaid: 'PARTLY_PAID', settled: 'PAID' };

const characteristic = (list, name) => list.find((each) => each.name === name).value;
const money = (row) => ({ amount: row.value.toFixed(2) });
const compared = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const newestFirst = (a, b) => compared(b.issuedOn, a.issuedOn) || compared(a.number, b.number);

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

function toInvoice(row, today) {
  const dueOn = row.category === 'creditNote' ? null : row.paymentDueDate.slice(0, 10);
  const state = BILL_STATES[row.state] ?? 'UNPAID';
  return {
    number: row.billNo,
    kind: row.category === 'single' ? 'SINGLE' : 'MOBILE',
    state: state === 'UNPAID' && dueOn !== null && dueOn < today ? 'OVERDUE' : state,
    issuedOn: row.billDate.slice(0, 10),
    dueOn,
    period: { from: row.billingPeriod.startDateTime.slice(0, 10), to: row.billingPeriod.endDateTime.slice(0, 10) },
    total: { gross: money(row.taxIncludedAmount), net: money(row.taxExcludedAmount) },
    remaining: row.remainingAmount ? money(row.remainingAmount) : null,
  };
}

async function simsOf(find, products) {
  const keys = products.flatMap((row) => (row.realizingResource ?? []).map((each) => each.id));
  const fields = 'administrativeState,resourceCharacteristic';
  if (keys.length <= SIMS_BY_KEY_MAX) return find('resource', 'id', keys, fields);
  return find('resource', 'relatedParty.id', [products[0].relatedParty[0].id], fields);
}

/** Give the lines of a company, sorted by number. */
export async function linesOf(find, taxCode) {
  const [party] = await find('organization', 'organizationIdentification.identificationId', [taxCode], 'name');
  const agreements = await find('agreement', 'engagedParty.id', [party.id], 'characteristic');
  const accounts = new Map(agreements.map((row) => [row.id, characteristic(row.characteristic, 'billingAccountId')]));
  const fields = 'status,agreement,productOffering,productCharacteristic,realizingResource,relatedParty';
  const products = await find('product', 'agreement.id', [...accounts.keys()], fields);
  const sims = new Map((await simsOf(find, products)).map((row) => [row.id, toSim(row)]));
  const lines = products.map((row) => toLine(row, accounts, sims));
  return lines.sort((a, b) => compared(a.number, b.number));
}

/** Give the invoices of each account, newest first. */
export async function invoicesOf(find, accounts, { today, issuedFrom }) {
  const fields = 'billNo,billDate,category,billingPeriod,paymentDueDate,taxExcludedAmount,taxIncludedAmount,'
    + 'remainingAmount,state,billingAccount';
  const since = `${issuedFrom}T00:00:00+01:00`;
  const rows = await find('bill', 'billingAccount.id', accounts, fields, { 'billDate.gte': since });
  const found = new Map(accounts.map((account) => [account, []]));
  for (const row of rows) found.get(row.billingAccount.id).push(toInvoice(row, today));
  return accounts.map((account) => found.get(account).sort(newestFirst));
}
