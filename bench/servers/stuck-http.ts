/** Emulators behind HTTP that take actions and never answer: what they are given stays outstanding. */
import { createServer } from 'node:http';
import { portOf } from './port.ts';

export async function startStuckHttp(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('/action') === true) return;
    response.end(
      JSON.stringify({
        status: 'running',
        steps_taken: 0,
        step_number: 0,
        location: '',
        screenshot_base64: '',
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  return await portOf(server);
}
