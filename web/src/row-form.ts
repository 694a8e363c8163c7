// A row typed into a form: texts per column to JSON values, with what is wrong with each. Pure.
import type { Signature } from "./api/ui";
import { kindOf } from "./components/grid-model";

export type Fields = Record<string, string>;

/** The columns that a form asks for. */
export const asked = (inputs: Signature["inputs"]): Signature["inputs"] => inputs.filter(({ optional }) => !optional);

/** A first row to try: zeros for numbers, nothing elsewhere. */
export function emptyFields({ inputs }: Signature): Fields {
  return Object.fromEntries(asked(inputs).map(({ name, type }) => [name, kindOf(type) === "number" ? "0" : ""]));
}

export interface ParsedRow {
  row: Record<string, unknown>;
  /** What is wrong, by column; empty where all is well. */
  wrong: Record<string, string>;
}

/** An empty field is null, also for text: the form has no other way to say null. */
export function parseRow({ inputs }: Signature, fields: Fields): ParsedRow {
  const parsed: ParsedRow = { row: {}, wrong: {} };
  for (const { name, type } of asked(inputs)) {
    const text = (fields[name] ?? "").trim();
    const value = parseValue(type, text);
    if (value instanceof WrongValue) parsed.wrong[name] = value.message;
    else parsed.row[name] = value;
  }
  return parsed;
}

class WrongValue {
  constructor(readonly message: string) {}
}

function parseValue(type: string, text: string): unknown {
  if (text === "") return null;
  switch (kindOf(type)) {
    case "number": {
      const value = Number(text);
      if (Number.isNaN(value)) return new WrongValue("not a number");
      const whole = /^(tinyint|smallint|int|bigint|long|short|byte)/i.test(type);
      return whole && !Number.isInteger(value) ? new WrongValue("not a whole number") : value;
    }
    case "boolean":
      return text === "true";
    case "nested":
      return parseJson(text);
    default:
      return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new WrongValue("not JSON");
  }
}
