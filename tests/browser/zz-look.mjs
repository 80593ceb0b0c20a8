import { launchBrowser, newPerson, screenshot, startKanuki, assertAccessible } from './lib.mjs';
import { ICHIRO, KEN, HANAKO, STAFF, comeToDesk, openWallet, proveIdentity, send, bankUrl, startEnrolment, usePasskey, linkAccount } from './steps.mjs';
const kanuki = await startKanuki();
const browser = await launchBrowser();
const DESK = { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
const look = async (page, name) => { try { await assertAccessible(page); } catch (e) { console.log(name, e.message.slice(0, 400)); } await screenshot(page, `zz-${name}`); console.log(name, page.url()); };
const LIST = `KANUKI-SCREENING,1,デモの照合リスト,このテストのために作ったもの,2026-11-20
id,kind,name,born,note
A-001,person,TANAKA Ichiro,,作った例
A-001,person,タナカ イチロウ,,
A-002,person,ヤマダ ハナコ,,
A-003,person,サトウ ケン,,
`;
try {
  for (const [lang, opt] of [['ja', DESK], ['en', { ...PHONE, locale: 'en-GB' }]]) {
    const who = await newPerson(browser, opt); const page = await who.newPage();
    const base = lang === 'ja' ? bankUrl(kanuki, HANAKO.bank) : bankUrl(kanuki, KEN.bank);
    const codes = lang === 'ja' ? STAFF['bank-one'] : STAFF['bank-two'];
    await comeToDesk(page, base, codes[0]);
    for (const p of ['', '/screening', '/suspicion', '/partners', '/claims', '/books', '/items', '/risk', '/compensation', '/incident', '/cases', '/evidence', '/pack', '/approvals', '/closed', '/rules', '/contracts', '/phone']) {
      const r = await page.goto(`${base}/desk${p}`);
      if (r.status() !== 200) { console.log(lang, p, r.status()); continue; }
      await look(page, `${lang}-bank${p.replace('/', '-')}`);
    }
    await page.goto(`${base}/desk/screening`);
    await page.setInputFiles('[name=file]', { name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(LIST) });
    await send(page, '/desk/screening');
    await look(page, `${lang}-bank-screening-loaded`);
    // a customer who enrols
    const cust = await newPerson(browser, PHONE); const cp = await cust.newPage();
    const k = lang === 'ja' ? HANAKO : KEN;
    await startEnrolment(cp, kanuki, k, 'jpki');
    await cp.waitForURL((url) => url.pathname === '/demo/card');
    await cp.check(`[name=card][value=${k.card}]`); await send(cp, '/demo/card/read');
    await cp.fill('[name=password]', k.password); await send(cp, '/demo/card/sign');
    await Promise.all([cp.waitForEvent('framenavigated'), cp.locator('form:has([name=signature]) button').click()]);
    await cp.waitForLoadState(); await look(cp, `${lang}-enrolled`);
    await usePasskey(cp); await look(cp, `${lang}-enrolled2`);
    for (let i = 0; i < 60; i += 1) { await page.goto(`${base}/desk/screening`); if (await page.locator('main a[href^="/desk/screening/hits/"]').count()) break; await page.waitForTimeout(300); }
    await look(page, `${lang}-bank-screening-hits`);
    const a = page.locator('main a[href^="/desk/screening/hits/"]').first();
    if (await a.count()) { await a.click(); await page.waitForLoadState(); await look(page, `${lang}-bank-hit`); }
    const links = await page.locator('a[href*="suspicion"]').count(); console.log('links to suspicion', links);
  }
} finally { await browser.close(); await kanuki.stop(); }
