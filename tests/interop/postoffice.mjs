// A mail server that other people wrote (smtp-server), with certificates from an authority of the
// test's own, and one that never says a word.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { promisify } from 'node:util';

import { SMTPServer } from 'smtp-server';

const run = promisify(execFile);

/** Certificates for `localhost` in the folder: `ca.pem` is the authority. */
export async function certificates(folder) {
  await folder.write('leaf.cnf', 'subjectAltName = DNS:localhost\nbasicConstraints = CA:FALSE\n');
  const openssl = (...args) => run('openssl', args, { cwd: folder.dir });
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-days', '2', '-keyout', 'mail-ca.key', '-out', 'ca.pem', '-subj', '/CN=Mail authority');
  await openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', 'mail.key', '-out', 'mail.csr', '-subj', '/CN=localhost');
  await openssl('x509', '-req', '-in', 'mail.csr', '-CA', 'ca.pem', '-CAkey', 'mail-ca.key',
    '-set_serial', '7', '-days', '2', '-extfile', 'leaf.cnf', '-out', 'mail.pem');
  return {
    key: await readFile(folder.file('mail.key')),
    cert: await readFile(folder.file('mail.pem')),
  };
}

const refusal = ([code, text]) => Object.assign(new Error(text), { responseCode: code });

/**
 * Starts one. `says` may be changed at any time: `rcpt` and `data` are [code, text] of a refusal.
 * `mails` are those that were taken, `logins` every try to sign in.
 */
export async function startPostOffice({ tls, login, ...options } = {}) {
  const says = { rcpt: undefined, data: undefined };
  const mails = [];
  const logins = [];
  const server = new SMTPServer({
    ...tls,
    authOptional: !login,
    disableReverseLookup: true,
    logger: false,
    onAuth(auth, session, done) {
      logins.push(auth.username);
      const isRight = auth.username === login.user && auth.password === login.password;
      done(isRight ? null : refusal([535, '5.7.8 wrong']), isRight ? { user: auth.username } : undefined);
    },
    onRcptTo(address, session, done) {
      done(says.rcpt && refusal(says.rcpt));
    },
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => {
        if (says.data) return done(refusal(says.data));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({ from: mailFrom.address, to: rcptTo.map((each) => each.address), isSecure: session.secure, text });
        return done();
      });
    },
    ...options,
  });
  server.on('error', () => {}); // A client that goes away in the middle is what some tests are about.
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: server.server.address().port,
    says,
    mails,
    logins,
    close: () => new Promise((resolve) => { server.close(resolve); }),
  };
}

/** Takes connections and says nothing. */
export async function startSilence() {
  const open = new Set();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: server.address().port,
    close: () => new Promise((resolve) => {
      for (const socket of open) socket.destroy();
      server.close(resolve);
    }),
  };
}

/** Headers by name, and the text, of a mail as it arrived. */
export function read({ text }) {
  const [head, ...rest] = text.split('\r\n\r\n');
  const headers = Object.fromEntries(head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => {
    const [name, ...value] = line.split(': ');
    return [name.toLowerCase(), words(value.join(': '))];
  }));
  const body = rest.join('\r\n\r\n');
  const how = headers['content-transfer-encoding'];
  if (how === 'base64') return { headers, body: Buffer.from(body, 'base64').toString() };
  if (how === 'quoted-printable') return { headers, body: quoted(body.replace(/=\r\n/g, '')) };
  return { headers, body };
}

const quoted = (text) => Buffer.from(
  text.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
  'latin1',
).toString();

/** Encoded words of a header (RFC 2047). */
const words = (value) => value.replace(/\?= =\?/g, '?==?').replace(
  /=\?utf-8\?(b|q)\?([^?]*)\?=/gi,
  (_, kind, text) => (kind.toLowerCase() === 'b'
    ? Buffer.from(text, 'base64').toString()
    : quoted(text.replaceAll('_', ' '))),
);
