/** Checks values against the schemas of a document. */
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

export class Schemas {
  readonly #ajv: Ajv;

  /** @param dialect `draft7` for AsyncAPI, `2020` for OpenAPI 3.1 */
  constructor(document: object, dialect: 'draft7' | '2020') {
    const options = { strict: false, allErrors: true };
    this.#ajv = dialect === 'draft7' ? new Ajv(options) : new Ajv2020(options);
    this.#ajv.addSchema(document, 'document');
  }

  /** What is wrong with a value by the schema at this JSON pointer; undefined when nothing is. */
  problem(pointer: string, value: unknown): string | undefined {
    const validate: ValidateFunction | undefined = this.#ajv.getSchema(`document#${pointer}`);
    if (validate === undefined) return `the document has nothing at ${pointer}`;
    if (validate(value) === true) return undefined;
    return `${JSON.stringify(value).slice(0, 300)}: ${this.#ajv.errorsText(validate.errors)}`;
  }
}
