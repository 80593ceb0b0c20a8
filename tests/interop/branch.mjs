// A holder who was seen at a branch, and types the code that they were given there.

import { randomBytes } from 'node:crypto';

import { send, usePasskey } from '../browser/steps.mjs';
import { HOLDER } from './core.mjs';

/** The branch's terminal reports that staff saw the holder; the code is what it prints. */
async function codeFromBranch(bank) {
  const answer = await fetch(`${bank.channels.url}/channels/branch/activations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bank.channels.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ report_id: randomBytes(8).toString('hex'), ...HOLDER.account, staff: '青木' }),
  });
  const { code } = await answer.json();
  if (!code) throw new Error(`no code: ${answer.status}`);
  return code;
}

export async function enrolAtBranch(page, bank) {
  await page.goto(`${bank.pages}/enrol/branch`);
  await page.fill('[name=code]', await codeFromBranch(bank));
  await send(page, '/enrol/branch');
  await usePasskey(page);
}

/** The same without a window. */
export async function enrolSoftly(browser, bank) {
  const page = await browser.get('/enrol/branch');
  const passkey = await browser.submit(page, '/enrol/branch', { code: await codeFromBranch(bank) });
  await browser.touch(passkey, '/enrol/passkey');
}
