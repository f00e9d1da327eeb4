import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Certificate } from '../../../../server/http/certificate.ts';
import { createWebServer } from '../../../../server/http/web-server.ts';
import { type CertificateFiles, certificateFiles } from '../../../support/certificates.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let folder: DataDirectory;
let files: CertificateFiles;
let other: CertificateFiles;
beforeEach(async () => {
  folder = dataDirectory();
  files = await certificateFiles(folder.path);
  other = await certificateFiles(folder.path, 'other');
});
afterEach(() => folder.remove());

/** A server with the certificate, on a clock of its own, and what is said of it. */
async function serve() {
  const certificate = await Certificate.open(files);
  const server = createWebServer(certificate, { requestTimeout: 5000 }, (_request, response) =>
    response.end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clock = new FakeClock();
  const said: string[] = [];
  const end = certificate?.renew({
    clock,
    onRenewed: () => said.push('renewed'),
    onFault: (why) => said.push(why),
  });
  onTestFinished(() => {
    end?.();
    server.close();
  });
  /** Lets a minute pass, and what is read meanwhile be read: the next look is set when this one is over. */
  const minute = async () => {
    clock.advance(60_000);
    while (clock.nextTimerMs === undefined) await new Promise((resolve) => setImmediate(resolve));
  };
  return { port, said, minute };
}

/** Whether a client that trusts only this one gets through. */
function trusted(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function replace(what: 'tlsCert' | 'tlsKey'): void {
  copyFileSync(other[what], files[what]);
}

describe('a certificate', () => {
  it('is none where none is named', async () => {
    expect(await Certificate.open({})).toBeUndefined();
  });

  it.each([
    ['a certificate that is nowhere', () => rmSync(files.tlsCert), /^tlsCert: .*tls\.pem: .*ENOENT/],
    ['a key that is nowhere', () => rmSync(files.tlsKey), /^tlsKey: .*tls\.key: .*ENOENT/],
    ['a certificate that is none', () => writeFileSync(files.tlsCert, 'none'), /^tlsCert: .*tls\.pem: /],
    ['a key that is none', () => writeFileSync(files.tlsKey, 'none'), /^tlsKey: .*tls\.key: /],
    ['another key', () => replace('tlsKey'), /^tlsKey: .*tls\.key is not the key of .*tls\.pem$/],
  ])('with %s is refused, and the file is named', async (_what, spoil, why) => {
    spoil();
    await expect(Certificate.open(files)).rejects.toMatchObject({
      code: 'invalid_tls',
      message: expect.stringMatching(why),
    });
  });

  it('that is renewed on disk is used within a minute', async () => {
    const { port, said, minute } = await serve();
    expect([await trusted(port, files.ca), await trusted(port, other.ca)]).toEqual([true, false]);
    await minute();
    expect(said).toEqual([]);
    replace('tlsCert');
    replace('tlsKey');
    await minute();
    expect(said).toEqual(['renewed']);
    expect([await trusted(port, files.ca), await trusted(port, other.ca)]).toEqual([false, true]);
  });

  it('goes on being used while the files do not fit, which is said once', async () => {
    const { port, said, minute } = await serve();
    replace('tlsCert');
    await minute();
    await minute();
    expect(said).toEqual([expect.stringContaining('is not the key of')]);
    expect(await trusted(port, files.ca)).toBe(true);
    replace('tlsKey');
    await minute();
    expect(said.slice(1)).toEqual(['renewed']);
    expect(await trusted(port, other.ca)).toBe(true);
  });
});
