// oidc-provider alone in a process, to be measured. What it keeps it keeps in the file that is named,
// or in memory where none is. Usage: node peer-server.mjs, settings on stdin.

import http from 'node:http';

import { errors } from 'oidc-provider';

import { agree, newAdapter, newProvider, validate } from '../peer.mjs';
import { whoVouches } from './facts.mjs';
import { keepAdapter } from './kept.mjs';

let text = '';
for await (const part of process.stdin.setEncoding('utf8')) text += part;
const { port, clients, keys, file } = JSON.parse(text);
const issuer = `http://localhost:${port}`;
const adapter = file ? keepAdapter(file) : newAdapter().adapter;
const vouched = whoVouches(issuer, clients);
const provider = newProvider(issuer, { adapter, keys, clients, jwt: false, check });
const protocol = provider.callback();

/** What ours does with the same request: whoever vouches for the customer signed so, now, and once. */
async function check(ctx, detail, client) {
  validate(ctx, detail);
  // The details of a pushed request are looked at again when the holder comes.
  if (ctx.oidc.route !== 'pushed_authorization_request') return;
  const claims = await vouched(detail, client.clientId);
  if (!claims || !(await provider.ReplayDetection.unique(claims.iss, claims.jti, claims.exp))) {
    throw new errors.InvalidAuthorizationDetails('nobody vouches for this customer');
  }
}

http.createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    agree(provider, request, response).catch((error) => {
      response.writeHead(500).end(error.stack);
    });
  } else {
    protocol(request, response);
  }
}).listen(port, '127.0.0.1', () => console.log('ready'));
