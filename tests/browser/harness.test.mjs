// The harness itself: if one of these fails, no other browser test can be believed.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { assertAccessible, assertFonts, freePorts, launchBrowser, newPerson, screenshot, startKanuki } from './lib.mjs';

const PAGE = `<!doctype html><html lang="ja"><head><title>検査</title><style>
  body { font-family: 'BIZ UDPGothic', 'Noto Sans CJK JP', sans-serif; color: #111; background: #fff; }
</style></head><body><main><h1>髙﨑德 ①㈱ ﾃｽﾄ 5,000円</h1>
<button onclick="make()">登録</button> <button onclick="use()">確認</button>
<output id="done" aria-label="結果"></output></main><script>
  const challenge = new Uint8Array(32);
  const say = (promise) => promise.then((text) => { done.textContent = text; }, (error) => { done.textContent = error.name; });
  const make = () => say(navigator.credentials.create({ publicKey: { challenge, rp: { name: 'test', id: location.hostname },
    user: { id: new Uint8Array(16), name: 'a', displayName: 'a' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' } } }).then(() => 'made'));
  const use = () => say(navigator.credentials.get({ publicKey: { challenge, userVerification: 'required' } })
    .then((answer) => 'used ' + new DataView(answer.response.authenticatorData).getUint32(33)));
</script></body></html>`;

const server = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(request.url === '/faulty' ? '<p style="color:#ccc;background:#fff">薄い<input>' : PAGE);
});
let browser;
let base;

before(async () => {
  const port = await freePorts(1);
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  base = `http://wallet.localhost:${port}`;
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  server.close();
});

async function press(page, name) {
  await page.getByRole('button', { name }).click();
  await page.waitForFunction(() => document.querySelector('#done').textContent !== '');
  return page.evaluate(() => {
    const text = document.querySelector('#done').textContent;
    document.querySelector('#done').textContent = '';
    return text;
  });
}

test('a passkey made on one page is used on every page of its person, with one counter', async () => {
  const person = await newPerson(browser);
  const first = await person.newPage();
  await first.goto(base);
  assert.equal(await press(first, '登録'), 'made');
  const popup = person.context.waitForEvent('page');
  await first.evaluate(() => globalThis.open('/popup'));
  const second = await popup;
  await second.waitForLoadState();

  const counters = [];
  for (const page of [first, second, first, second]) {
    counters.push(Number((await press(page, '確認')).split(' ')[1]));
  }

  assert.deepEqual(counters, [...counters].sort((a, b) => a - b));
  assert.equal(new Set(counters).size, counters.length, `a counter came twice: ${counters}`);
  person.assertNoProblems();
  await person.close();
});

test('a second device has the same passkeys, a stranger has none, a stranger to the phone cannot use them', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(base);
  await press(page, '登録');
  const device = await newPerson(browser, { passkeys: person.passkeys });
  const devicePage = await device.newPage();
  await devicePage.goto(base);
  const stranger = await newPerson(browser);
  const strangerPage = await stranger.newPage();
  await strangerPage.goto(base);

  assert.match(await press(devicePage, '確認'), /^used /);
  assert.equal(await press(strangerPage, '確認'), 'NotAllowedError');
  await person.setVerified(page, false);
  assert.equal(await press(page, '確認'), 'NotAllowedError');
  await Promise.all([person.close(), device.close(), stranger.close()]);
});

test('Japanese is drawn in Japanese fonts and can be photographed', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(base);

  await assertFonts(page);
  await assert.rejects(assertFonts(page, ['Comic Sans MS']), /drawn in/);
  assert.match(await screenshot(page, 'harness'), /harness\.png$/);
  await person.close();
});

test('a fault for some people is found, and a sound page passes', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();

  await page.goto(`${base}/faulty`);
  await assert.rejects(assertAccessible(page), /color-contrast[^]*label/);
  await page.goto(base);
  await assertAccessible(page);
  await person.close();
});

test('a program that never gets ready is reported with what it said', async () => {
  await assert.rejects(startKanuki({ bin: process.execPath }), /kanuki up ended with 1:[^]*Cannot find module/);
});
