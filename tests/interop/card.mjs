// A platform operator that reads identity cards, and the authority behind it: certificates of the
// form that the wallet's production profile expects, from an authority that only this test pins.

import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { promisify } from 'node:util';

import { HOLDER } from './core.mjs';

const run = promisify(execFile);
const FACT = '1.2.392.200149.8.5.5';
const SIGNING_POLICY = '1.2.392.200149.8.5.1.1.20';
const CONTEXT = Buffer.from('kanuki identity proof v2\0');

const settings = (folder) => `
[ca]
default_ca = ca_default
[ca_default]
database = ${folder.file('index.txt')}
crlnumber = ${folder.file('crlnumber')}
default_md = sha256
default_crl_days = 1
[card]
keyUsage = critical, digitalSignature, nonRepudiation
certificatePolicies = critical, ${SIGNING_POLICY}
subjectAltName = @facts
[facts]
otherName.1 = ${FACT}.1;FORMAT:UTF8,UTF8:${HOLDER.name}
otherName.2 = ${FACT}.3;FORMAT:UTF8,UTF8:2
otherName.3 = ${FACT}.4;FORMAT:UTF8,UTF8:3${HOLDER.born_on.replaceAll('-', '')}
otherName.4 = ${FACT}.5;FORMAT:UTF8,UTF8:${HOLDER.address}
`;

async function issue(folder) {
  await folder.write('card.cnf', settings(folder));
  await folder.write('index.txt', '');
  await folder.write('crlnumber', '01\n');
  const openssl = (...args) => run('openssl', args, { cwd: folder.dir });
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
  await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '30',
    '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/O=Interop/CN=Signatures',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-utf8',
    '-keyout', 'card.key', '-out', 'card.csr', '-subj', '/O=Interop/CN=card-1');
  await openssl('x509', '-req', '-in', 'card.csr', ...authority, '-set_serial', '7', '-sha256',
    '-days', '30', '-extfile', 'card.cnf', '-extensions', 'card', '-outform', 'DER',
    '-out', 'card.der');
  await openssl('ca', '-gencrl', '-config', 'card.cnf', '-keyfile', 'ca.key', '-cert', 'ca.pem',
    '-out', 'crl.pem');
  await openssl('crl', '-in', 'crl.pem', '-outform', 'DER', '-out', 'crl.der');
  return {
    key: await readFile(folder.file('card.key'), 'utf8'),
    certificate: await readFile(folder.file('card.der')),
    list: await readFile(folder.file('crl.der')),
  };
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/** Starts the operator: one page that signs and sends the person back, and the revocation list. */
export async function startOperator(folder) {
  const card = await issue(folder);
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/crl') {
      response.writeHead(200, { 'content-type': 'application/pkix-crl' }).end(card.list);
      return;
    }
    if (url.pathname !== '/card') {
      response.writeHead(404).end();
      return;
    }
    const asked = JSON.parse(Buffer.from(url.searchParams.get('request'), 'base64url'));
    const bytes = [asked.nonce, asked.terms_digest].map((text) => Buffer.from(text, 'base64url'));
    // For whom: the origin of where the answer is posted, and nothing that the request says.
    bytes.push(crypto.createHash('sha256').update(new URL(asked.return_url).origin).digest());
    const signature = crypto.sign('RSA-SHA256', Buffer.concat([CONTEXT, ...bytes]), card.key);
    const fields = {
      state: asked.state,
      certificate: card.certificate.toString('base64url'),
      signature: signature.toString('base64url'),
    };
    const inputs = Object.entries(fields)
      .map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(
      `<!doctype html><title>card</title><form method="post" action="${escape(asked.return_url)}">`
      + `${inputs.join('')}<button>sign</button></form>`,
    );
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://localhost:${server.address().port}`;
  return {
    operatorUrl: `${origin}/card`,
    revocationUrl: `${origin}/crl`,
    anchorsFile: folder.file('ca.pem'),
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
