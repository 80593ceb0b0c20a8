// A holder who was seen at a branch, and types the code that they were given there.

import { randomBytes } from 'node:crypto';

import { send, shownCode, usePasskey } from '../browser/steps.mjs';
import { HOLDER } from './core.mjs';

/** The branch's terminal reports that staff saw the holder, who brought a page's reference; the code is what it prints. */
async function codeFromBranch(bank, reference) {
  const answer = await fetch(`${bank.channels.url}/channels/branch/activations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bank.channels.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ report_id: randomBytes(8).toString('hex'), ...HOLDER.account, staff: '青木', reference }),
  });
  const { code } = await answer.json();
  if (!code) throw new Error(`no code: ${answer.status}`);
  return code;
}

export async function enrolAtBranch(page, bank) {
  await page.goto(`${bank.pages}/enrol`);
  await page.fill('[name=branch]', HOLDER.account.branch);
  await page.fill('[name=number]', HOLDER.account.number);
  await page.check('[name=proof][value=branch]');
  await send(page, '/enrol');
  await page.fill('[name=code]', await codeFromBranch(bank, await shownCode(page)));
  await send(page, '/enrol/code');
  await usePasskey(page);
}

/** The same without a window. */
export async function enrolSoftly(browser, bank) {
  const form = await browser.get('/enrol');
  const page = await browser.submit(form, '/enrol', { ...HOLDER.account, proof: 'branch' });
  const [, shown] = page.text.match(/stop-code-groups">([\s\S]*?)<\/p>/);
  const reference = shown.replace(/<[^>]*>|\D/g, '');
  const passkey = await browser.submit(page, '/enrol/code', { code: await codeFromBranch(bank, reference) });
  await browser.touch(passkey, '/enrol/passkey');
}
