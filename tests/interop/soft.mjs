// A browser without a window: cookies, forms and a passkey, fast enough for thousands of consents.

import crypto from 'node:crypto';
import http from 'node:http';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
// Present, verified, may be backed up, is backed up; and, in a new one, the credential itself.
const SEEN = 0x01 | 0x04 | 0x08 | 0x10;
const WITH_CREDENTIAL = 0x40;

/** One HTTP call to loopback, whatever the host is called. */
export function call(agent, { port, host, method = 'GET', path, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const sent = { host, ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) };
    const request = http.request({ agent, host: '127.0.0.1', port, method, path, headers: sent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => { text += part; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const unescape = (text) => text.replaceAll('&quot;', '"').replaceAll('&lt;', '<')
  .replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function formTo(page, action) {
  const found = page.split('<form').slice(1).map((form) => form.split('</form>')[0])
    .find((form) => form.includes(`action="${action}"`));
  if (!found) throw new Error(`no form to ${action} in:\n${page.slice(0, 4_000)}`);
  return found;
}

const attribute = (tag, name) => unescape(tag.match(new RegExp(`${name}="([^"]*)"`))?.[1] ?? '');

export class SoftBrowser {
  #cookies = new Map();
  #key = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #id = crypto.randomBytes(32);
  #userHandle = '';

  constructor(agent, origin) {
    this.agent = agent;
    this.origin = new URL(origin);
  }

  async send(method, path, fields) {
    const headers = {
      accept: 'text/html',
      'x-forwarded-for': `203.${crypto.randomInt(250)}.${crypto.randomInt(250)}.1`,
      cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    };
    let body;
    if (fields) {
      body = new URLSearchParams(fields).toString();
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers.origin = this.origin.origin;
    }
    const { host, port } = this.origin;
    const answer = await call(this.agent, { port, host, method, path, headers, body });
    for (const cookie of answer.headers['set-cookie'] ?? []) {
      const [pair] = cookie.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** As somebody else, who was never here. */
  forget() {
    this.#cookies.clear();
  }

  get(path) {
    return this.send('GET', path);
  }

  /** Follows redirects on this host; the first address elsewhere is the answer. */
  async follow(answer) {
    let next = answer;
    while (next.status >= 300 && next.status < 400) {
      const to = new URL(next.headers.location, this.origin);
      if (to.host !== this.origin.host) return { ...next, away: to };
      next = await this.get(to.pathname + to.search);
    }
    return next;
  }

  /** Fills the form to `action` and sends it. */
  async submit(page, action, fields = {}) {
    const all = {};
    for (const input of formTo(page.text, action).match(/<input[^>]*>/g) ?? []) {
      if (input.includes('type="hidden"')) all[attribute(input, 'name')] = attribute(input, 'value');
    }
    return this.follow(await this.send('POST', action, { ...all, ...fields }));
  }

  /** Answers the passkey form to `action`. */
  async touch(page, action) {
    const form = formTo(page.text, action);
    const options = JSON.parse(attribute(form, 'data-options'));
    const isNew = form.includes('data-passkey="create"');
    const credential = isNew ? this.#create(options) : this.#sign(options);
    return this.submit(page, action, { credential: JSON.stringify(credential) });
  }

  #clientData(type, challenge) {
    const { origin } = this.origin;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #data(rpId, flags) {
    return Buffer.concat([sha256(rpId), Buffer.from([flags, 0, 0, 0, 0])]);
  }

  #create({ challenge, rp, user }) {
    this.#userHandle = user.id;
    const { x, y } = this.#key.publicKey.export({ format: 'jwk' });
    const cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url'),
    ]);
    const data = Buffer.concat([
      this.#data(rp.id, SEEN | WITH_CREDENTIAL), Buffer.alloc(16),
      Buffer.from([0, this.#id.length]), this.#id, cose,
    ]);
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex'),
      Buffer.from([data.length >> 8, data.length & 255]), data,
    ]);
    return this.#answer({
      clientDataJSON: b64(this.#clientData('webauthn.create', challenge)),
      attestationObject: b64(attestation),
      transports: ['internal'],
    });
  }

  #sign({ challenge, rpId }) {
    const clientData = this.#clientData('webauthn.get', challenge);
    const data = this.#data(rpId, SEEN);
    const signed = Buffer.concat([data, sha256(clientData)]);
    return this.#answer({
      clientDataJSON: b64(clientData),
      authenticatorData: b64(data),
      signature: b64(crypto.sign('sha256', signed, this.#key.privateKey)),
      userHandle: this.#userHandle,
    });
  }

  #answer(response) {
    const id = b64(this.#id);
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}
