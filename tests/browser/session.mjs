// Opens a wallet in a browser and prints its session for a script: the cookies, then the token that
// its JSON calls must carry. Usage: node session.mjs WALLET_PORT

import { launchBrowser, newPerson } from './lib.mjs';
import { ICHIRO, openWallet } from './steps.mjs';

const port = Number(process.argv[2]);
const kanuki = { walletPort: port, walletUrl: `http://wallet.localhost:${port}` };
const browser = await launchBrowser();
const person = await newPerson(browser);
const page = await person.newPage();
await openWallet(page, kanuki, ICHIRO);
const token = await page.evaluate(async () =>
  (await fetch('/api/v1/wallet')).headers.get('x-csrf-token'));
const cookies = await person.context.cookies(kanuki.walletUrl);
await browser.close();
console.log(cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
console.log(token);
