/**
 * Runs GraphiQL as one persona of the sandbox, or with a token given by hand.
 *
 * The token lives in a variable of this page and nowhere else: not in the URL, not in the browser's storage. GraphiQL
 * sees it neither; it enters in `send`, as late as possible.
 */
"use strict";

const TEXTS = {
  en: {
    persona: "Persona",
    renew: "Renew token",
    nobody: "Nobody (no token)",
    token: "Access token",
    personasFailed: "The list of personas can't be read",
    staff: "Staff: you only read, and every call is recorded",
    company: "Company",
    profile: "Profile",
    unreachable: "The server can't be reached",
    unreadable: "The answer is not GraphQL",
  },
  it: {
    persona: "Persona",
    renew: "Rinnova il token",
    nobody: "Nessuno (senza token)",
    token: "Token di accesso",
    personasFailed: "Impossibile leggere l'elenco delle persone",
    staff: "Staff: sola lettura, ogni chiamata è registrata",
    company: "Azienda",
    profile: "Profilo",
    unreachable: "Server non raggiungibile",
    unreadable: "La risposta non è GraphQL",
  },
};
const LANGUAGE = navigator.language.startsWith("it") ? "it" : "en";
const TEXT = TEXTS[LANGUAGE];

/** What outlives a reload. Anything else may hold headers (GraphiQL's history does) or customers' data. */
const KEPT = new Set(["graphiql:theme", "graphiql:query", "graphiql:visiblePlugin"]);

const BODY_EXCERPT_CHARACTERS = 300;
const PERSONAS_TIMEOUT_MS = 5000;

const NOBODY = { token: null, membershipId: null };

const element = (id) => document.getElementById(id);
const configuration = JSON.parse(element("configuration").textContent);
const root = ReactDOM.createRoot(element("graphiql"));
const storage = storageOf(KEPT);

/** Return a Storage whose keys in `kept` are the browser's own and whose other keys die with the page. */
function storageOf(kept) {
  const memory = new Map();
  return {
    getItem: (key) => (kept.has(key) ? localStorage.getItem(key) : (memory.get(key) ?? null)),
    setItem: (key, value) => (kept.has(key) ? localStorage.setItem(key, value) : memory.set(key, value)),
    removeItem: (key) => (kept.has(key) ? localStorage.removeItem(key) : memory.delete(key)),
    clear: () => {
      kept.forEach((key) => localStorage.removeItem(key));
      memory.clear();
    },
    get length() {
      return memory.size + [...kept].filter((key) => localStorage.getItem(key) !== null).length;
    },
  };
}

/** Show `message` in the bar; an empty one clears it. */
function report(message) {
  element("status").textContent = message;
  element("status").title = message;
}

/** Make a GraphQL answer that GraphiQL shows as any other. */
function failure(message) {
  const body = JSON.stringify({ errors: [{ message }] });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

/** Return the answer itself when it is JSON or multipart, else an answer that says what came instead. */
async function readable(response) {
  const type = response.headers.get("content-type") ?? "";
  if (/^(application\/(graphql-response\+)?json|multipart\/mixed)\b/.test(type)) return response;
  const excerpt = (await response.text()).trim().slice(0, BODY_EXCERPT_CHARACTERS);
  return failure(`${TEXT.unreadable}: HTTP ${response.status} ${response.statusText} ${excerpt}`.trim());
}

/** Tell whether a token says that it is the telco's staff's; whether it is, the server judges. */
function isStaff(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return claims.roles.includes("support");
  } catch {
    return false;
  }
}

/** Return the header's text that says for whom staff read; an empty one for nobody. */
function actFor() {
  const company = element("company").value.trim();
  return company && `${company}; profile=${element("profile").value}`;
}

/** Who speaks: a promise, so that what is run while a token is on its way waits for it, and never runs as who was. */
let speaking = Promise.resolve(NOBODY);

/** Return a `fetch` that speaks for whoever is picked; headers of GraphiQL's own editor win over it. */
function sender() {
  return async (url, init) => {
    const identity = await speaking;
    const headers = new Headers({ "X-Client-Name": "graphiql" });
    if (identity.token) headers.set("Authorization", `Bearer ${identity.token}`);
    if (identity.membershipId) headers.set("X-Membership", identity.membershipId);
    if (isStaff(identity.token)) headers.set("X-Act-For", actFor());
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    // No cookies: the page acts as the chosen persona only, never as whoever is signed in in this browser.
    const request = { ...init, headers, credentials: "omit", cache: "no-store" };
    return fetch(url, request).then(readable, (cause) => failure(`${TEXT.unreachable}: ${cause.message}`));
  };
}

/** Show GraphiQL as `identity`, who speaks. A new fetcher makes GraphiQL read the schema again: it may differ. */
function show(identity) {
  element("staff").hidden = !isStaff(identity.token);
  root.render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: "graphql", fetch: sender() }),
      defaultQuery: configuration.firstQuery ?? undefined,
      shouldPersistHeaders: false,
      storage,
    }),
  );
}

/** Fetch the personas, each with a fresh token. */
async function fetchPersonas() {
  const url = new URL(configuration.personasUrl);
  url.searchParams.set("tokens", "true");
  const response = await fetch(url, {
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(PERSONAS_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`);
  return response.json();
}

/** Fetch the personas, or report why not and return none. */
async function personasOrNone() {
  try {
    const personas = await fetchPersonas();
    report("");
    return personas;
  } catch (cause) {
    report(`${TEXT.personasFailed} (${configuration.personasUrl}): ${cause.message}`);
    return [];
  }
}

/** Speak as the persona that is picked now, with a token fetched now. */
async function pick() {
  const picked = element("persona").value;
  const found = picked ? personasOrNone().then((all) => all.find(({ name }) => name === picked) ?? NOBODY) : NOBODY;
  speaking = Promise.resolve(found);
  const identity = await speaking;
  const overtaken = element("persona").value !== picked;
  if (!overtaken) show(identity);
}

/** Fill the picker and start as the first persona. */
async function offerPersonas() {
  const personas = await personasOrNone();
  const options = personas.map(({ name, title }) => new Option(`${title} (${name})`, name));
  element("persona").replaceChildren(...options, new Option(TEXT.nobody, ""));
  element("persona").addEventListener("change", pick);
  element("renew").addEventListener("click", pick);
  element("persona-choice").hidden = false;
  speaking = Promise.resolve(personas[0] ?? NOBODY);
  show(await speaking);
}

/** Let the user paste a token. */
function offerTokenField() {
  const field = element("token");
  field.addEventListener("change", () => {
    const identity = { ...NOBODY, token: field.value.trim() };
    speaking = Promise.resolve(identity);
    show(identity);
  });
  element("token-field").hidden = false;
  show(NOBODY);
}

/** Put the texts of the browser's language on the page. */
function translate() {
  document.documentElement.lang = LANGUAGE;
  document.querySelector("label[for=persona]").textContent = TEXT.persona;
  document.querySelector("label[for=token]").textContent = TEXT.token;
  document.querySelector("label[for=company]").textContent = TEXT.company;
  document.querySelector("label[for=profile]").textContent = TEXT.profile;
  element("staff-banner").textContent = TEXT.staff;
  element("renew").textContent = TEXT.renew;
}

/** Fill the picker of the profiles that staff may read as. */
function offerProfiles() {
  element("profile").replaceChildren(...configuration.profiles.map((name) => new Option(name, name)));
}

// GraphiQL's dialogs add one <style>; its library `get-nonce` reads the nonce that lets it pass from this global.
window.__webpack_nonce__ = element("configuration").nonce;
translate();
offerProfiles();
if (configuration.personasUrl) offerPersonas();
else offerTokenField();
