"""A stand-in of the customer area's own pages: the registration, which a letter leads to, and nothing else.

It calls the BFF as the real pages do, from another origin, and shows what came back; so a person can walk through a
registration in a browser. Italian or English, by what the browser wants.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

import msgspec

from sandbox.world import outsider
from sandbox.world.model import Company, World

PATH: Final = "area"

_TEXTS: Final = {
    "it": {
        "title": "Registrazione all'area clienti",
        "number": "Numero di cellulare",
        "code": "Codice ricevuto per SMS",
        "first": "Nome",
        "last": "Cognome",
        "taxCode": "Codice fiscale",
        "company": "Codice fiscale dell'azienda",
        "email": "E-mail",
        "username": "Nome utente",
        "next": "Avanti",
        "sent": "Ti abbiamo scritto: apri il link che trovi nell'e-mail.",
        "consents": "I tuoi consensi",
        "missing": "Senza questi non si può continuare:",
        "password": "Fatto. Ora scegli la password:",
        "page": "Vai alla pagina della password",
        "later": "Non è ancora finita: riprova tra poco.",
        "failed": "In questo momento non è possibile. Riprova tra poco.",
        "people": "Chi si può provare a registrare",
        "free": "la sua azienda è cliente e nessuno si è ancora registrato",
        "elsewhere": "Qui ci sarebbe una pagina dell'area clienti.",
    },
    "en": {
        "title": "Registration to the customer area",
        "number": "Mobile number",
        "code": "Code received by SMS",
        "first": "First name",
        "last": "Last name",
        "taxCode": "Tax code",
        "company": "Tax code of the company",
        "email": "E-mail",
        "username": "Username",
        "next": "Next",
        "sent": "We have written to you: open the link in the e-mail.",
        "consents": "Your consents",
        "missing": "Without these you can't go on:",
        "password": "Done. Now choose your password:",
        "page": "Go to the page of the password",
        "later": "It is not finished yet: try again soon.",
        "failed": "It can't be done at the moment. Try again soon.",
        "people": "Who can be tried",
        "free": "their company is a customer, and nobody has registered yet",
        "elsewhere": "Here would be a page of the customer area.",
    },
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }}
label {{ display: block; margin: .75rem 0; }}
input:not([type=checkbox]) {{ display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }}
button {{ margin: .5rem 0; padding: .6rem 1.2rem; font: inherit; }}
.wrong {{ color: #a00; }}
table {{ border-collapse: collapse; font-size: .85rem; margin-top: .5rem; }}
td {{ border-top: 1px solid #ccc; padding: .25rem .5rem .25rem 0; vertical-align: top; }}
details {{ margin-top: 3rem; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_SCRIPT: Final = """
const { url, texts } = JSON.parse(document.getElementById("given").textContent);
const form = document.querySelector("form"), said = document.querySelector("[role=status]");
const shown = "status userErrors { code message field } registration { registrationToken nextStep }";
const steps = {
  START: ["registrationStart", { number: "mobileNumber" }],
  VERIFY: ["registrationVerify", { code: "code" }],
  PERSON: [
    "registrationPerson",
    { first: "firstName", last: "lastName", taxCode: "taxCode", company: "companyTaxCode" },
  ],
  ACCOUNT: ["registrationAccount", { email: "email", username: "username" }],
};
const quoted = (value) => JSON.stringify(value);
async function ask(mutation, input, more = "") {
  const given = Object.entries(input).map(([name, value]) => `${name}: ${value}`).join(", ");
  const query = `mutation { ${mutation}(input: { ${given} }) { ${shown} ${more} } }`;
  const headers = { "content-type": "application/json", "accept-language": document.documentElement.lang };
  const answer = await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json();
  if (answer.errors) throw new Error(answer.errors[0].message);
  return answer.data[mutation];
}
function element(name, text, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...(text instanceof Array ? text : [text]));
  return made;
}
function say(text, wrong = false) { said.textContent = text; said.className = wrong ? "wrong" : ""; }
function show(fields, next) {
  form.replaceChildren(...fields, element("button", texts.next));
  form.onsubmit = async (event) => {
    event.preventDefault();
    say("");
    try { await next(); } catch (error) { say(`${texts.failed} (${error.message})`, true); }
  };
  form.querySelector("input")?.focus();
}
function step(name, token) {
  if (name === "COMPLETE") { form.replaceChildren(); say(texts.sent); return; }
  const [mutation, fields] = steps[name];
  const labels = Object.keys(fields).map((key) =>
    element("label", [texts[key], element("input", "", { name: key, required: key !== "company" })]));
  show(labels, async () => {
    const typed = Object.entries(fields).filter(([key]) => key !== "company" || form.elements[key].value);
    const input = Object.fromEntries(typed.map(([key, field]) => [field, quoted(form.elements[key].value)]));
    const told = await ask(mutation, token ? { registrationToken: quoted(token), ...input } : input);
    if (told.registration) step(told.registration.nextStep, told.registration.registrationToken);
    else say(told.userErrors.map((each) => each.message).join(" "), true);
  });
}
async function consents(token) {
  const asked = await ask("registrationComplete", { registrationToken: quoted(token), consents: "[]" });
  const due = asked.userErrors.filter((each) => each.code === "REQUIRED");
  if (!due.length) { say(asked.userErrors.map((each) => each.message).join(" "), true); return; }
  const codes = due.map((each) => [each.field[1], each.message]);
  const box = (code) => element("input", "", { type: "checkbox", name: code });
  const boxes = codes.map(([code, text]) => element("label", [box(code), " ", text]));
  show([element("h2", texts.consents), ...boxes], async () => {
    const given = codes.map(([code]) => `{ code: ${quoted(code)}, given: ${form.elements[code].checked} }`);
    const input = { registrationToken: quoted(token), consents: `[${given}]` };
    const told = await ask("registrationComplete", input, "link { url reason }");
    const missing = told.userErrors.some((each) => each.code === "REQUIRED") ? `${texts.missing} ` : "";
    if (!told.registration) say(missing + told.userErrors.map((each) => each.message).join(" "), true);
    else if (!told.link?.url) say(texts.later);
    else form.replaceChildren(element("p", texts.password), element("a", texts.page, { href: told.link.url }));
  });
}
const token = new URLSearchParams(location.search).get("token");
if (token) consents(token).catch((error) => say(`${texts.failed} (${error.message})`, true)); else step("START");
"""


def registration(world: World, bff: str, language: str) -> str:
    """Render the registration; its script asks the BFF at an address."""
    texts = _TEXTS[language]
    given = msgspec.json.encode({"url": f"{bff}/graphql", "texts": texts}).decode().replace("<", "\\u003c")
    content = (
        f'<p role="status"></p><form></form>{_people(world, language)}'
        f'<script id="given" type="application/json">{given}</script><script>{_SCRIPT}</script>'
    )
    return _PAGE.format(language=language, title=escape(texts["title"]), content=content)


def elsewhere(path: str, language: str) -> str:
    """Render what stands in for any other page."""
    content = f"<p>{escape(_TEXTS[language]['elsewhere'])}</p>"
    return _PAGE.format(language=language, title=escape(f"/{path}"), content=content)


def _people(world: World, language: str) -> str:
    texts = _TEXTS[language]
    rows = "\n".join(
        f"<tr><td>{escape(who.first_name)} {escape(who.last_name)}</td><td>{who.tax_code}</td>"
        f"<td>{escape(company.name)}<br>{company.tax_code}</td><td>{escape(why)}</td></tr>"
        for company, why in _tried(world, texts["free"])
        for who in (company.representative,)
    )
    return f"<details><summary>{escape(texts['people'])}</summary><table>{rows}</table></details>"


def _tried(world: World, free: str) -> Iterator[tuple[Company, str]]:
    yield world.companies[-1], free
    yield from zip(world.outsiders, outsider.KINDS, strict=True)
