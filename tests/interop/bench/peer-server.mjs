// oidc-provider alone in a process, to be measured. What it keeps it keeps in the file that is named,
// or in memory where none is. Usage: node peer-server.mjs, settings on stdin.

import http from 'node:http';

import { agree, newAdapter, newProvider } from '../peer.mjs';
import { keepAdapter } from './kept.mjs';

let text = '';
for await (const part of process.stdin.setEncoding('utf8')) text += part;
const { port, clients, keys, file } = JSON.parse(text);
const issuer = `http://localhost:${port}`;
const adapter = file ? keepAdapter(file) : newAdapter().adapter;
const provider = newProvider(issuer, { adapter, keys, clients, jwt: false });
const protocol = provider.callback();

http.createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    agree(provider, request, response).catch((error) => {
      response.writeHead(500).end(error.stack);
    });
  } else {
    protocol(request, response);
  }
}).listen(port, '127.0.0.1', () => console.log('ready'));
