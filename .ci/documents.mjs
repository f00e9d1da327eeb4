/** Reads both documents of the gateway at this address; says what is wrong with them. */
import { createRequire } from 'node:module';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const say = (text) => process.stdout.write(`${text}\n`);
const { Parser } = createRequire(import.meta.url)('@asyncapi/parser');
const [url] = process.argv.slice(2);
const read = async (name) => (await fetch(`${url}/${name}.json`)).text();

const { document, diagnostics } = await new Parser().parse(await read('asyncapi'));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { message, path } of errors) say(`asyncapi: ${path.join('.')}: ${message}`);
const messages = document?.allMessages().length ?? 0;
say(`asyncapi: ${messages} messages, ${errors.length} errors`);

const config = await createConfig({ extends: ['minimal'] });
const problems = await lintFromString({
  source: await read('openapi'),
  absoluteRef: 'openapi.json',
  config,
});
const faults = problems.filter(({ severity }) => severity === 'error');
for (const { message, location } of faults) say(`openapi: ${location[0]?.pointer}: ${message}`);
say(`openapi: ${faults.length} errors`);
process.exitCode = errors.length + faults.length === 0 && messages > 0 ? 0 : 1;
