/**
 * Reads and writes messages by the tables in gen/frames.ts: protobuf on the socket, proto3 JSON everywhere else.
 *
 * It owns the two wire formats and nothing else. Both give the same plain objects: 64-bit integers as numbers (every
 * one in the contract is a count), enums as their names, times as milliseconds since 1970, absent scalars as their
 * zero value, absent messages as undefined. Fields that a table does not know are skipped, as protobuf asks.
 */

/** How a field travels: string, boolean, integer, enum, message, timestamp, or a map from string to integer. */
type Kind = "s" | "b" | "i" | "e" | "m" | "t" | "h";

// biome-ignore lint/suspicious/noExplicitAny: a table refers to tables of any other message.
type Reference = Schema<any> | readonly string[] | undefined;

/** One field: number, name, kind, the table or the enum's names that it refers to, and whether it repeats. */
type Field = readonly [number: number, name: string, kind: Kind, reference?: Reference, repeated?: boolean];

/** The fields of one message. The type parameter carries the interface that the table stands for. */
export type Schema<T> = readonly Field[] & { readonly type?: T };

/** A message with any of its fields left out. */
export type Draft<T> = { [K in keyof T]?: T[K] extends object | undefined ? Draft<NonNullable<T[K]>> : T[K] };

type Plain = Record<string, unknown>;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

function zero([, , kind, reference, repeated]: Field): unknown {
  if (repeated) return [];
  if (kind === "s") return "";
  if (kind === "b") return false;
  if (kind === "e") return (reference as readonly string[])[0];
  if (kind === "h") return {};
  return kind === "m" ? undefined : 0;
}

function blank<T>(schema: Schema<T>): Plain {
  const message: Plain = {};
  for (const field of schema) message[field[1]] = zero(field);
  return message;
}

function writeVarint(out: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

function writeBytes(out: number[], number: number, bytes: ArrayLike<number>): void {
  writeVarint(out, number * 8 + 2);
  writeVarint(out, bytes.length);
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i] as number);
}

function write<T>(schema: Schema<T>, message: Plain, out: number[]): void {
  for (const [number, name, kind, reference] of schema) {
    const value = message[name];
    if (value === undefined) continue;
    if (kind === "m") {
      const inner: number[] = [];
      write(reference as Schema<unknown>, value as Plain, inner);
      writeBytes(out, number, inner);
    } else if (kind === "s") {
      if (value) writeBytes(out, number, utf8.encode(value as string));
    } else if (value) {
      // Booleans and integers; the zero value is not written. The generator lets no other kind into a client frame.
      writeVarint(out, number * 8);
      writeVarint(out, Number(value));
    }
  }
}

/** Returns a message as protobuf. */
export function encode<T>(schema: Schema<T>, message: Draft<T>): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  write(schema, message as Plain, out);
  return Uint8Array.from(out);
}

class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get more(): boolean {
    return this.at < this.bytes.length;
  }
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("truncated");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }
  chunk(length = this.varint()): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError("truncated");
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 2) this.chunk();
    else if (wire === 1 || wire === 5) this.chunk(wire === 1 ? 8 : 4);
    else throw new RangeError("unknown wire type");
  }
}

function pairOfIntegers(bytes: Uint8Array): [number, number] {
  const reader = new Reader(bytes);
  const pair: [number, number] = [0, 0];
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 8) pair[0] = reader.varint();
    else if (tag === 16) pair[1] = reader.varint();
    else reader.skip(tag & 7);
  }
  return pair;
}

function mapEntry(bytes: Uint8Array): [string, number] {
  const reader = new Reader(bytes);
  let key = "";
  let value = 0;
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 10) key = fromUtf8.decode(reader.chunk());
    else if (tag === 16) value = reader.varint();
    else reader.skip(tag & 7);
  }
  return [key, value];
}

function read([, name, kind, reference, repeated]: Field, reader: Reader, message: Plain): void {
  let value: unknown;
  if (kind === "m") value = decode(reference as Schema<unknown>, reader.chunk());
  else if (kind === "s") value = fromUtf8.decode(reader.chunk());
  else if (kind === "b") value = reader.varint() !== 0;
  else if (kind === "i") value = reader.varint();
  else if (kind === "t") {
    const [seconds, nanos] = pairOfIntegers(reader.chunk());
    value = seconds * 1000 + Math.floor(nanos / 1e6);
  } else if (kind === "h") {
    const [key, count] = mapEntry(reader.chunk());
    (message[name] as Record<string, number>)[key] = count;
    return;
  } else {
    const names = reference as readonly string[];
    value = names[reader.varint()] ?? names[0];
  }
  if (repeated) (message[name] as unknown[]).push(value);
  else message[name] = value;
}

/** Returns the message that the bytes carry; throws RangeError where they are cut short. */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const message = blank(schema);
  const reader = new Reader(bytes);
  while (reader.more) {
    const tag = reader.varint();
    const field = schema.find(([number]) => number === tag >>> 3);
    const repeats = field?.[4] ?? false;
    const wire = tag & 7;
    if (field && wire === 2 && repeats && field[2] === "e") {
      // Repeated enums arrive packed: many numbers in one chunk.
      const packed = new Reader(reader.chunk());
      while (packed.more) read(field, packed, message);
    } else if (field && wire === ("bie".includes(field[2]) ? 0 : 2)) read(field, reader, message);
    else reader.skip(wire);
  }
  return message as T;
}

function parse(kind: Kind, reference: Reference, json: unknown): unknown {
  if (kind === "m") return fromJson(reference as Schema<unknown>, json);
  if (kind === "t") return Date.parse(json as string) || 0;
  if (kind === "i") return Number(json) || 0;
  if (kind === "b") return json === true;
  if (kind === "e")
    return (reference as readonly string[]).includes(json as string) ? json : (reference as string[])[0];
  if (kind === "h")
    return Object.fromEntries(Object.entries(json as Plain).map(([key, value]) => [key, Number(value)]));
  return String(json);
}

/** Returns the message that a proto3 JSON value stands for; whatever is missing or unknown becomes its zero value. */
export function fromJson<T>(schema: Schema<T>, json: unknown): T {
  const message = blank(schema);
  const source = (json ?? {}) as Plain;
  for (const [, name, kind, reference, repeated] of schema) {
    const value = source[name];
    if (value === undefined || value === null) continue;
    message[name] = repeated
      ? (value as unknown[]).map((item) => parse(kind, reference, item))
      : parse(kind, reference, value);
  }
  return message as T;
}
