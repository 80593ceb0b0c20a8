// A push service, and the browser behind it, played by another language's libraries: what arrives is read
// as RFC 8291 says a browser reads it, and who sent it is asked as RFC 8292 says a push service asks.

import assert from 'node:assert/strict';
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { importJWK, jwtVerify } from 'jose';

/**
 * Listens on this machine. `said` is what a browser would tell a page; `next()` is the next notice that
 * arrives, as its browser reads it.
 */
export async function startPushService() {
  const browser = createECDH('prime256v1');
  const point = browser.generateKeys();
  const auth = randomBytes(16);
  const took = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.writeHead(201).end();
    const one = { headers: request.headers, body: Buffer.concat(parts) };
    if (waiting.length) waiting.shift()(one); else took.push(one);
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const origin = `http://localhost:${server.address().port}`;

  const read = async ({ headers, body }) => {
    assert.equal(headers['content-encoding'], 'aes128gcm');
    const { aud, sub } = await whoSent(headers.authorization, origin);
    assert.equal(aud, origin);
    assert.match(sub, /^mailto:/);
    return JSON.parse(open({ browser, point, auth }, body).toString());
  };
  return {
    said: {
      endpoint: `${origin}/to/${randomBytes(16).toString('hex')}`,
      p256dh: point.toString('base64url'),
      auth: auth.toString('base64url'),
    },
    next: async () => read(took.shift() ?? await new Promise((got) => { waiting.push(got); })),
    stop: () => new Promise((gone) => { server.close(gone); server.closeAllConnections(); }),
  };
}

/** What a push service is told about the sender, once the signature is the named key's. */
async function whoSent(authorization, audience) {
  const [, token, name] = authorization.match(/^vapid t=([^,]+), k=(.+)$/);
  const point = Buffer.from(name, 'base64url');
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256');
  return (await jwtVerify(token, key, { audience })).payload;
}

function open({ browser, point, auth }, body) {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body[20]);
  const sealed = body.subarray(21 + body[20], -16);
  const tag = body.subarray(-16);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), point, sender]);
  const agreed = hkdfSync('sha256', browser.computeSecret(sender), auth, info, 32);
  const key = Buffer.from(hkdfSync('sha256', agreed, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', agreed, salt, 'Content-Encoding: nonce\0', 12));
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAuthTag(tag);
  const plain = Buffer.concat([cipher.update(sealed), cipher.final()]);
  const end = plain.lastIndexOf(2);
  assert.ok(plain.subarray(end + 1).every((byte) => byte === 0), 'nothing but padding');
  return plain.subarray(0, end);
}
