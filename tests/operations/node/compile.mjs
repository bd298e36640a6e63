// Checks and compiles documents as front ends do: graphql-inspector's rules, graphql-codegen's types, relay-compiler's
// artifacts. Reads `{ schema, files: [{ name, text }] }`, the names without an ending; prints what each made of them.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text as whole } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { validate } from "@graphql-inspector/core";
import { buildSchema, parse, print, Source } from "graphql";

const SCALARS = { Date: "string", DateTime: "string", Decimal: "string", URL: "string" };

const { schema, files } = JSON.parse(await whole(process.stdin));
const here = dirname(fileURLToPath(import.meta.url));

function inspected() {
  const sources = files.map(({ name, text }) => new Source(text, name));
  const found = validate(buildSchema(schema), sources, {
    strictDeprecated: true, strictFragments: true, keepClientFields: false, apollo: false,
  });
  return found.map(({ source, errors, deprecated }) => ({
    file: source.name, errors: [...errors, ...(deprecated ?? [])].map(String),
  }));
}

async function generated() {
  const made = await codegen({
    filename: "types.ts",
    schema: parse(schema),
    documents: files.map(({ name, text }) => ({ location: name, document: parse(text) })),
    plugins: [{ typescript: {} }, { typescriptOperations: {} }],
    pluginMap: { typescript, typescriptOperations },
    config: { scalars: SCALARS, dedupeOperationSuffix: true },
  });
  return [...made.matchAll(/^export type (\w+(?:Query|Mutation)) =/gm)].map(([, name]) => name).sort();
}

// Relay reads documents out of programs: each file becomes a module of its name.
function relayed() {
  const project = mkdtempSync(join(tmpdir(), "relay-"));
  try {
    mkdirSync(join(project, "src", "made"), { recursive: true });
    writeFileSync(join(project, "schema.graphql"), schema);
    for (const { name, text } of files) {
      const tags = parse(text).definitions.map((each) => `graphql\`${print(each)}\`;\n`);
      writeFileSync(join(project, "src", `${name}.ts`), tags.join(""));
    }
    writeFileSync(join(project, "relay.config.json"), JSON.stringify({
      src: "src", schema: "schema.graphql", artifactDirectory: "src/made", language: "typescript",
      featureFlags: { enforce_fragment_alias_where_ambiguous: { kind: "disabled" } },
      customScalarTypes: SCALARS,
    }));
    const command = [join(here, "node_modules", "relay-compiler", "cli.js"), "relay.config.json"];
    const done = spawnSync(process.execPath, command, { cwd: project, encoding: "utf8" });
    const artifacts = readdirSync(join(project, "src", "made")).map((each) => each.replace(".graphql.ts", ""));
    return { code: done.status, said: done.stdout + done.stderr, artifacts: artifacts.sort() };
  } finally {
    rmSync(project, { recursive: true });
  }
}

console.log(JSON.stringify({ inspected: inspected(), generated: await generated(), relayed: relayed() }));
