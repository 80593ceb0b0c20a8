// The two servers that are compared, each in a process of its own, and how to get codes from them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

import * as jose from 'jose';

import { freePorts } from '../../browser/kanuki.mjs';
import { startBank } from '../bank.mjs';
import { enrolSoftly } from '../branch.mjs';
import { newFolder } from '../company.mjs';
import { newKey, newPartner } from '../partner.mjs';
import { clientMetadata } from '../peer.mjs';
import { maker } from '../requests.mjs';
import { SoftBrowser, call } from '../soft.mjs';

const partner = await newPartner('wallet', 'http://wallet.localhost:9/callback');
const dpop = await newKey();

function server(issuer, pid, browser, consent, more) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: more.lanes });
  const { port, host } = new URL(issuer);
  const send = (request) => call(agent, { port, host, ...request });
  const make = maker(partner, dpop, issuer);
  return {
    pid,
    make,
    send,
    /** A code, by way of everything that a holder does. */
    async code() {
      const pushed = await send(await make.par());
      if (pushed.status !== 201) throw new Error(`PAR: ${pushed.status} ${pushed.text}`);
      const query = new URLSearchParams({
        client_id: partner.clientId,
        request_uri: JSON.parse(pushed.text).request_uri,
      });
      const { away, status, text } = await consent(browser, `/authorize?${query}`);
      if (!away?.searchParams.get('code')) throw new Error(`no code: ${status} ${away} ${text}`);
      return away.searchParams.get('code');
    },
    ...more,
  };
}

/** Our bank, on a disk. `lanes` is how many requests are under way at a time. */
export async function startOurs(lanes) {
  const bank = await startBank([[partner, {}]]);
  const browser = new SoftBrowser(new http.Agent({ keepAlive: true, maxSockets: 1 }), bank.pages);
  await enrolSoftly(browser, bank);
  async function consent(who, path) {
    const account = await who.touch(await who.follow(await who.get(path)), '/authorize/sign-in');
    const chosen = account.text.match(/name="account" value="([^"]*)"/)[1];
    const signing = await who.submit(account, '/authorize/account', { account: chosen });
    return who.touch(signing, '/authorize/consent');
  }
  return server(bank.issuer, bank.pid, browser, consent, { lanes, stop: bank.stop });
}

/** oidc-provider; what it keeps outlives it if it `isKept`, and is in its memory alone if not. */
export async function startPeer(lanes, isKept) {
  const folder = isKept ? await newFolder('peer') : undefined;
  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const key = await newKey();
  const keys = [{ ...(await jose.exportJWK(key.privateKey)), ...key.jwk }];
  const { clientId, redirectUri } = partner;
  const clients = [clientMetadata({ clientId, redirectUri, jwks: [partner.key.jwk] })];
  const file = fileURLToPath(new URL('peer-server.mjs', import.meta.url));
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'], env });
  process.once('exit', () => child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify({ port, clients, keys, file: folder?.file('kept.sqlite') }));
  await once(child.stdout, 'data');
  const browser = new SoftBrowser(new http.Agent({ keepAlive: true, maxSockets: 1 }), issuer);
  async function consent(who, path) {
    // A second consent of the same browser would end the first one's grant.
    who.forget();
    return who.follow(await who.get(path));
  }
  const stop = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await folder?.remove();
  };
  return server(issuer, child.pid, browser, consent, { lanes, stop });
}
