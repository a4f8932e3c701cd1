import { executeMessages, parseMessage } from './bind-message.ts';

/** What we use of the driver's connection. */
interface WireConnection {
  readonly stream: { write(bytes: Uint8Array): unknown };
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
}

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

interface Shape {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
  /** All columns as null: rows made from it share one hidden class. */
  readonly empty: Readonly<Record<string, unknown>>;
}

/** What rows of a statement look like, by connection: fixed from its parsing to its end. */
const shapes = new WeakMap<WireConnection, Map<string, Shape>>();

type Parser = (text: string) => unknown;
type Callback = (error: Error | null | undefined, result?: { rows: unknown[] }) => void;

/**
 * A named statement on its way (a Submittable of the driver): all its messages are one piece of memory and one write,
 * arrays and bytes travel in binary, and rows are described once a connection.
 */
export class PreparedQuery {
  readonly name: string;
  readonly text: string;
  /** Set by the driver; called once. */
  callback: Callback | undefined;
  readonly #parameters: readonly unknown[];
  readonly #parserOf: (typeId: number) => Parser;
  readonly #rows: unknown[] = [];
  #connection: WireConnection | undefined;
  #shape: Shape | undefined;
  #failure: Error | undefined;

  constructor(
    name: string,
    text: string,
    parameters: readonly unknown[],
    parserOf: (typeId: number) => Parser,
  ) {
    this.name = name;
    this.text = text;
    this.#parameters = parameters;
    this.#parserOf = parserOf;
  }

  submit(connection: WireConnection): Error | null {
    const { name, text } = this;
    const known = connection.parsedStatements[name] ?? connection.submittedNamedStatements[name];
    if (known !== undefined && known !== text) return new Error(`${name} is the name of two statements`);
    this.#connection = connection;
    this.#shape = known === undefined ? undefined : shapes.get(connection)?.get(name);
    try {
      const execution = executeMessages(name, this.#parameters, this.#shape === undefined);
      if (known === undefined) {
        connection.stream.write(Buffer.concat([parseMessage(name, text), execution]));
        connection.submittedNamedStatements[name] = text;
      } else connection.stream.write(execution);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  handleRowDescription(message: { fields: readonly Column[] }): void {
    const names = message.fields.map((field) => field.name);
    const parsers = message.fields.map((field) => this.#parserOf(field.dataTypeID));
    const shape = { names, parsers, empty: Object.fromEntries(names.map((name) => [name, null])) };
    this.#shape = shape;
    const connection = this.#connection;
    if (connection === undefined) return;
    const known = shapes.get(connection) ?? new Map<string, Shape>();
    known.set(this.name, shape);
    shapes.set(connection, known);
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const shape = this.#shape;
    if (shape === undefined || this.#failure !== undefined) return;
    const row: Record<string, unknown> = { ...shape.empty };
    try {
      message.fields.forEach((text, index) => {
        if (text !== null) row[shape.names[index]!] = shape.parsers[index]!(text);
      });
      this.#rows.push(row);
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    if (this.#failure !== undefined) this.callback?.(this.#failure);
    else this.callback?.(null, { rows: this.#rows });
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(connection: { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('no statement here copies');
  }
  handleCopyData(): void {}
}
