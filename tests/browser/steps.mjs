// What people do, as steps: each acts on the page as a person would and returns what they learnt.

import assert from 'node:assert/strict';

/** Who exists in the demo. */
export const HANAKO = {
  nickname: 'はなこ',
  name: '山田 花子',
  kana: 'ヤマダ ハナコ',
  mail: 'hanako@example.jp',
  phone: '09000001001',
  card: 'hanako',
  password: 'HANAKO88',
  bank: { name: 'はなみずき銀行', host: 'bank-one', number: 0 },
  account: { branch: '101', number: '9100011' },
};
export const ICHIRO = {
  nickname: 'いちろう',
  name: '田中 一郎',
  kana: 'タナカ イチロウ',
  mail: 'ichiro@example.jp',
  phone: '09000001005',
  card: 'ichiro',
  password: 'ICHIRO90',
  bank: { name: 'はなみずき銀行', host: 'bank-one', number: 0 },
  account: { branch: '101', number: '9100045' },
};

/** Has a cash card and nothing else. */
export const KEN = {
  nickname: 'けん',
  name: '佐藤 健',
  kana: 'サトウ ケン',
  mail: 'ken@example.jp',
  phone: '09000001002',
  card: 'ken',
  password: 'KENSATO75',
  bank: { name: 'みなと信用金庫', host: 'bank-two', number: 1 },
  account: { branch: '007', number: '9200018', pin: '1357' },
};
/** Two members of staff at each desk, with the codes they were handed. */
export const STAFF = {
  wallet: ['DESK-WALLETAOKI', 'DESK-WALLETUEDA'],
  'bank-one': ['DESK-ONEITO', 'DESK-ONEENDO'],
  'bank-two': ['DESK-TWOOKA', 'DESK-TWOKATO'],
};

/** Where a bank's pages are. */
export function bankUrl(kanuki, bank) {
  return `http://${bank.host}.localhost:${kanuki.bankPort + bank.number}`;
}

/** Presses the button of the form that a passkey answers, and waits for the next page. */
export async function usePasskey(page) {
  const before = page.url();
  const form = page.locator('form[data-passkey]').first();
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    form.locator('button').first().click(),
  ]);
  await page.waitForLoadState();
  return before;
}

/** Sends the form with this action and waits for the next page. */
export async function send(page, action) {
  const form = page.locator(`form[action="${action}"]`).last();
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    form.locator('button').first().click(),
  ]);
  await page.waitForLoadState();
}

export async function openWallet(page, kanuki, who) {
  await page.goto(`${kanuki.walletUrl}/open`);
  await page.fill('[name=nickname]', who.nickname);
  await page.fill('[name=mail]', who.mail);
  await page.fill('[name=phone]', who.phone);
  await send(page, '/open');
  await usePasskey(page);
  assert.equal(new URL(page.url()).pathname, '/');
}

/** From the wallet to the demo's card reader and back. */
export async function proveIdentity(page, kanuki, who) {
  await page.goto(`${kanuki.walletUrl}/identity`);
  await page.fill('[name=kana]', who.kana);
  await send(page, '/identity');
  await page.check(`[name=card][value=${who.card}]`);
  await send(page, '/demo/card/read');
  await page.fill('[name=password]', who.password);
  await send(page, '/demo/card/sign');
  await Promise.all([
    page.waitForURL((url) => url.pathname.startsWith('/identity')),
    page.locator('form:has([name=signature]) button').click(),
  ]);
  await page.waitForLoadState();
}

/** A passkey at the bank, with the code that a branch hands out for the page's reference. */
export async function enrolAtBranch(page, kanuki, who) {
  await startEnrolment(page, kanuki, who, 'branch');
  await page.fill('[name=code]', await visitTheCounter(page, kanuki, who));
  await send(page, '/enrol/code');
  await usePasskey(page);
}

/** Chooses the bank in the wallet, the account at the bank, and signs what is shown. */
export async function linkAccount(page, kanuki, who, look = async () => {}) {
  await page.goto(`${kanuki.walletUrl}/link?q=${encodeURIComponent(who.bank.name)}`);
  await look('link-search');
  await page.getByRole('link', { name: who.bank.name }).click();
  await page.waitForLoadState();
  await page.check('[name=consent]');
  await look('link-terms');
  await send(page, '/link/start');
  assert.equal(new URL(page.url()).hostname, `${who.bank.host}.localhost`);
  await look('bank-sign-in');
  await usePasskey(page);
  await page.locator('[name=account]').first().check();
  await look('bank-account');
  await send(page, '/authorize/account');
  await look('bank-consent');
  await usePasskey(page);
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  await page.waitForLoadState();
}

/** The newest message in the inbox of a server, for a person. */
export async function newestMessage(base, person, about) {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`${base}/demo/inbox.json?person=${encodeURIComponent(person)}`);
    const { messages } = await answer.json();
    const found = messages.find((message) => about.test(message.subject + message.body));
    if (found) return found;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error(`no message about ${about} for ${person}`);
}

/** The stop code in a message. */
export function stopCode(message) {
  const found = message.body.match(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/);
  assert.ok(found, `no stop code in: ${message.body}`);
  return found[0];
}

/** Types the account at the bank and chooses how to prove that it is theirs. */
export async function startEnrolment(page, kanuki, who, proof) {
  await page.goto(`${bankUrl(kanuki, who.bank)}/enrol`);
  await page.fill('[name=branch]', who.account.branch);
  await page.fill('[name=number]', who.account.number);
  await page.check(`[name=proof][value=${proof}]`);
  await send(page, '/enrol');
}

/** The code on a page, whose groups stand under its name. */
export async function shownCode(page) {
  const lines = (await page.locator('.stop-code').innerText()).split('\n');
  return lines.slice(1).map((line) => line.trim()).join('');
}

/** From the bank's page to the telephone box and back: the call comes from `phone`. */
export async function callTheBank(page, kanuki, who, phone = who.phone) {
  const reference = await shownCode(page);
  const booth = await page.context().newPage();
  await booth.goto(`${bankUrl(kanuki, who.bank)}/demo/phone`);
  await booth.check(`[name=phone][value="${phone}"]`);
  await booth.fill('[name=reference]', reference);
  await send(booth, '/demo/phone');
  // Where a link is confirmed, the voice says whose it is, and asks.
  const yes = booth.locator('form:has([name=agreed]) button');
  if (await yes.count()) {
    assert.match(await booth.locator('main').innerText(), /との連携（口座/);
    await Promise.all([booth.waitForEvent('framenavigated'), yes.click()]);
    await booth.waitForLoadState();
  }
  const heard = await booth.locator('main').innerText();
  await booth.close();
  return heard;
}

/** The code that the bank's machine prints for a card, its PIN and the page's reference. */
export async function askTheMachine(page, kanuki, who) {
  const reference = await shownCode(page);
  const machine = await page.context().newPage();
  await machine.goto(`${bankUrl(kanuki, who.bank)}/demo/atm`);
  await machine.check(`[name=card][value="${who.account.branch}-${who.account.number}"]`);
  await machine.fill('[name=pin]', who.account.pin);
  await machine.fill('[name=reference]', reference);
  await send(machine, '/demo/atm');
  const code = await shownCode(machine);
  await machine.close();
  return code;
}

/** What staff at the counter hand out for the reference of a page. */
export async function visitTheCounter(page, kanuki, who) {
  const reference = await shownCode(page);
  const counter = await page.context().newPage();
  await counter.goto(`${bankUrl(kanuki, who.bank)}/demo/counter`);
  await counter.check(`[name=who][value="${who.card}"]`);
  await counter.fill('[name=reference]', reference);
  await send(counter, '/demo/counter');
  const code = await shownCode(counter);
  await counter.close();
  return code;
}

/** A member of staff comes to a desk for the first time. */
export async function comeToDesk(page, base, code) {
  await page.goto(`${base}/desk/activate`);
  await page.fill('[name=code]', code);
  await send(page, '/desk/activate');
  await usePasskey(page);
  if (!page.url().endsWith('/desk')) {
    await page.goto(`${base}/desk/sign-in`);
    await usePasskey(page);
  }
}

/** Fills in the record of risks that a loosened rule needs: one danger, what every partner says, a day. */
export async function writeRiskRecord(page) {
  const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await page.locator('[name=finding-0]').fill('盗まれたウォレットから短い間に何度も出ていく');
  await page.locator('[name=measure-0]').fill('一日の上限はそのまま残す');
  for (const field of await page.locator('[name^=says-]').all()) {
    const id = (await field.getAttribute('name')).slice('says-'.length);
    await field.fill('一か月に限って同意する');
    await page.locator(`[name="name-${id}"]`).fill('斎藤 不正対策部長');
    await page.locator(`[name="on-${id}"]`).fill(inDays(-1));
  }
  await page.locator('[name=review_by]').fill(inDays(30));
}
