// Our bank, served by `kanuki bank --config` as an operator would, with a core and two partners.

import { freePorts } from '../browser/kanuki.mjs';
import { send, usePasskey } from '../browser/steps.mjs';
import { newFolder, startCompany } from './company.mjs';
import { startCore } from './core.mjs';

/** `partners` are [partner, profile] pairs; profile as in docs/operators.md. `more` are further tables. */
export async function startBank(partners, more = []) {
  const folder = await newFolder('bank');
  const secrets = {
    core: await folder.secret('core'),
    courier: await folder.secret('courier'),
    branch: await folder.secret('branch'),
  };
  const core = await startCore(secrets);
  const port = await freePorts(2);
  const channels = `127.0.0.1:${port + 1}`;
  const issuer = `http://localhost:${port}`;
  const pages = `http://bank-one.localhost:${port}`;
  const settings = [
    ['', { code: '9901' }],
    ['server', { data: folder.file('data'), port, name: 'はなみずき銀行', issuer, pages }],
    ['core', { url: core.url, secret_file: folder.file('core') }],
    ['courier', { url: core.lettersUrl, secret_file: folder.file('courier') }],
    ['channels', { listen: channels, branch_secret_file: folder.file('branch') }],
    ...more,
  ];
  for (const [partner, profile] of partners) {
    const { clientId } = partner;
    await folder.jwks(`${clientId}.jwks`, [partner.key.jwk]);
    await folder.jwks(`${clientId}-events.jwks`, [partner.events.jwk]);
    settings.push(['[partner]', {
      client_id: clientId,
      name: `Wallet ${clientId}`,
      redirect_uris: [partner.redirectUri],
      jwks_file: folder.file(`${clientId}.jwks`),
      event_jwks_file: folder.file(`${clientId}-events.jwks`),
      agreement_file: await folder.agreement(),
      issuer: new URL(partner.redirectUri).origin,
      events_url: `${new URL(partner.redirectUri).origin}/ssf/events`,
    }], ['partner.profile', profile]);
  }
  const server = await startCompany('bank', folder, settings);
  return {
    issuer,
    pages,
    core,
    channels: { url: `http://${channels}`, secret: secrets.branch },
    pid: server.pid,
    output: server.output,
    async stop() {
      await server.stop();
      await core.close();
      await folder.remove();
    },
  };
}

/** Whatever a partner's host would show: the browser comes there with the answer, and no further. */
export async function catchCallbacks(page, partners) {
  const hosts = new Set(partners.map((partner) => new URL(partner.redirectUri).host));
  await page.route((url) => hosts.has(url.host), (route) => route.fulfill({
    contentType: 'text/html',
    body: '<!doctype html><title>back</title>',
  }));
}

/** The holder signs in, chooses the account and signs the consent; the address they come back to. */
export async function consent(page, authorizeUrl, partner) {
  await page.goto(authorizeUrl.href ?? authorizeUrl);
  await usePasskey(page);
  await page.locator('[name=account]').first().check();
  await send(page, '/authorize/account');
  await usePasskey(page);
  const { host } = new URL(partner.redirectUri);
  await page.waitForURL((url) => url.host === host);
  return new URL(page.url());
}
