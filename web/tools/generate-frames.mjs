/**
 * Writes shared/gen/frames.ts from the contract's descriptor set (stubs/contract.binpb).
 *
 * The file holds one TypeScript interface and one codec table for each message that the browser meets, so that a
 * message looks the same whether it came as protobuf on the socket or as proto3 JSON from a REST call. The general
 * protobuf runtime weighs 18 kB gz, which the panel's budget cannot hold; it is used here and in the tests instead,
 * where it checks that the tables agree with it. `--check` compares with what is committed and writes nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createFileRegistry, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const CONTRACT = new URL("../../stubs/contract.binpb", import.meta.url);
const TARGET = new URL("../shared/gen/frames.ts", import.meta.url);

/** Everything the browser reads or writes; what these refer to comes along. */
const ROOTS = [
  "parley.chat.v1.ClientFrame",
  "parley.chat.v1.ServerFrame",
  "parley.chat.v1.StartConversationResponse",
  "parley.chat.v1.GetConversationResponse",
  "parley.chat.v1.ClaimConversationResponse",
  "parley.chat.v1.CloseConversationResponse",
  "parley.chat.v1.MonitorConversationResponse",
  "parley.chat.v1.StopMonitoringResponse",
  "parley.chat.v1.ListConversationsRequest",
  "parley.chat.v1.ListConversationsResponse",
  "parley.chat.v1.ListMessagesResponse",
  "parley.chat.v1.PostMessageResponse",
  "parley.chat.v1.ListReadersResponse",
  "parley.chat.v1.WatchConversationResponse",
  "parley.identity.v1.GetWidgetSiteResponse",
  "parley.identity.v1.ListSitesResponse",
  "parley.identity.v1.GetMeResponse",
  "parley.privacy.v1.GetCurrentNoticeResponse",
];

/** The kinds that the codec can write; a client frame may use no other. */
const WRITABLE = new Set(["s", "b", "i", "m"]);

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(CONTRACT)));
const messages = new Map();
const enums = new Map();

function typeName(desc) {
  // Nested types get their parent's name in front: Conversation.State becomes ConversationState.
  return desc.typeName.slice(desc.file.proto.package.length + 1).replaceAll(".", "");
}

function kindOf(field) {
  if (field.fieldKind === "map") {
    if (field.mapKey !== ScalarType.STRING || field.scalar !== ScalarType.INT64) throw new Error(`${field}: map`);
    return ["h", "Record<string, number>"];
  }
  const message = field.message;
  if (message) {
    if (message.typeName === "google.protobuf.Timestamp") return ["t", "number"];
    visit(message);
    return ["m", typeName(message), `${typeName(message)}Schema`];
  }
  if (field.enum) {
    enums.set(typeName(field.enum), field.enum);
    return ["e", typeName(field.enum), `${typeName(field.enum)}Names`];
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return ["s", "string"];
    case ScalarType.BOOL:
      return ["b", "boolean"];
    case ScalarType.INT32:
    case ScalarType.INT64:
    case ScalarType.UINT32:
    case ScalarType.UINT64:
      return ["i", "number"];
    default:
      throw new Error(`${field}: the codec does not know this kind yet`);
  }
}

function visit(message) {
  const name = typeName(message);
  const known = messages.get(name);
  if (known) {
    if (known.desc !== message) throw new Error(`two messages are called ${name}`);
    if (!known.done) throw new Error(`${name} contains itself; the tables cannot say that yet`);
    return;
  }
  const entry = { desc: message, fields: [], done: false };
  messages.set(name, entry);
  for (const field of message.fields) {
    const [kind, type, reference] = kindOf(field);
    entry.fields.push({ field, kind, type, reference, repeated: field.fieldKind === "list" });
  }
  entry.done = true;
  // Written after what it refers to, so that every table stands before its first use.
  messages.delete(name);
  messages.set(name, entry);
}

for (const root of ROOTS) {
  const message = registry.getMessage(root);
  if (!message) throw new Error(`${root} is not in the contract`);
  visit(message);
}

function assertWritable(name) {
  for (const { field, kind, type } of messages.get(name).fields) {
    if (!WRITABLE.has(kind)) throw new Error(`${field}: a client frame uses a kind that the codec only reads`);
    if (kind === "m") assertWritable(type);
  }
}
assertWritable("ClientFrame");

const lines = [
  "// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.",
  "// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.",
  'import type { Schema } from "../codec.ts";',
  "",
];
for (const [name, desc] of [...enums].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const values = [];
  for (const value of desc.values) values[value.number] = value.name;
  if (values.includes(undefined)) throw new Error(`${name} has holes in its numbers`);
  lines.push(`export type ${name} =\n  | ${values.map((value) => `"${value}"`).join("\n  | ")};`);
  lines.push(`export const ${name}Names = [${values.map((value) => `"${value}"`).join(", ")}] as const;`, "");
}
for (const [name, { fields }] of messages) {
  lines.push(fields.length === 0 ? `export type ${name} = Record<string, never>;` : `export interface ${name} {`);
  for (const { field, kind, type, repeated } of fields) {
    const optional = kind === "m" && !repeated ? "?" : "";
    lines.push(`  ${field.jsonName}${optional}: ${type}${repeated ? "[]" : ""}${optional ? " | undefined" : ""};`);
  }
  if (fields.length > 0) lines.push("}");
  lines.push(`export const ${name}Schema: Schema<${name}> = [`);
  for (const { field, kind, reference, repeated } of fields) {
    const inOneof = field.oneof !== undefined && kind !== "m";
    if (inOneof && kind !== "s") throw new Error(`${field}: only messages and strings may stand in a oneof`);
    const parts = [field.number, `"${field.jsonName}"`, `"${kind}"`];
    if (reference || repeated) parts.push(reference ?? "undefined");
    if (repeated) parts.push("true");
    lines.push(`  [${parts.join(", ")}],`);
  }
  lines.push("];", "");
}
const text = lines.join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    console.error("shared/gen/frames.ts does not match the contract: run `npm run gen` and commit what it writes.");
    process.exit(1);
  }
} else {
  writeFileSync(TARGET, text);
}
