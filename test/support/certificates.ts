/** Certificates for tests, signed by themselves: for `localhost` and 127.0.0.1. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface CertificateFiles {
  /** PEM, for clients that are to trust it. */
  readonly ca: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** Writes `NAME.pem` and `NAME.key` into the folder. */
export async function certificateFiles(folder: string, name = 'tls'): Promise<CertificateFiles> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const files = { tlsCert: join(folder, `${name}.pem`), tlsKey: join(folder, `${name}.key`) };
  writeFileSync(files.tlsCert, made.cert);
  writeFileSync(files.tlsKey, made.private);
  return { ca: made.cert, ...files };
}
