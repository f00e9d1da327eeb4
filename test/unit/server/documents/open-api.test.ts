import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../../server/documents/open-api.ts';
import { PROBLEMS } from '../../../../server/documents/problems.ts';
import { gymRoutes } from '../../../../server/http/compat/gym.ts';
import { inputRoutes } from '../../../../server/http/compat/inputs.ts';
import { ROUTES } from '../../../../server/http/handler.ts';
import { ENDPOINT } from '../../../../shared/protocol.ts';

const document = openApiDocument();
const SOURCES = ['server/http', 'server/mcp'].map((path) => new URL(`../../../../${path}/`, import.meta.url));
const METHODS = ['get', 'post', 'delete'];

/** `GET /path` of every operation. */
function operations(compat: boolean): string[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => METHODS.includes(key) && 'servers' in item === compat)
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** `status code` of every refusal in the sources. */
function refusalsInSources(): Set<string> {
  const text = SOURCES.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8')),
  ).join('\n');
  const forms = [/status: (\d+),\s*code: '(\w+)'/g, /refused\((\d+), '(\w+)'/g];
  return new Set(
    forms.flatMap((form) => [...text.matchAll(form)].map(([, status, code]) => `${status} ${code}`)),
  );
}

describe('the OpenAPI document', () => {
  it('is one by the official schema of version 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('has every path and method of the gateway and no other', () => {
    const read = [...ROUTES.keys(), '/', '/assets/{file}', ENDPOINT].map((path) => `GET ${path}`);
    const others = ['DELETE /sessions/{id}', 'GET /mcp', 'POST /mcp', 'DELETE /mcp'];
    expect(new Set(operations(false))).toEqual(new Set([...read, ...others]));
  });

  it('has every call of the compatibility API and no other', () => {
    const calls = [...Object.keys(gymRoutes(0)), ...Object.keys(inputRoutes)];
    expect(new Set(operations(true))).toEqual(new Set(calls));
  });

  it('has every refusal, with its status, and no other', () => {
    const documented = Object.entries(PROBLEMS).flatMap(([status, { codes }]) =>
      codes.map((code) => `${status} ${code}`),
    );
    expect(refusalsInSources()).toEqual(new Set(documented));
  });
});
