// What every browser test needs: a running Kanuki, a person with a phone, and sharp eyes.
//
// A test looks like this:
//
//     const kanuki = await startKanuki();
//     const browser = await launchBrowser();
//     const person = await newPerson(browser);
//     const page = await person.newPage();
//     await page.goto(kanuki.walletUrl);
//     await assertAccessible(page);
//     await screenshot(page, 'wallet-welcome');
//     await browser.close();
//     await kanuki.stop();

export { startKanuki, freePorts, PORTS } from './kanuki.mjs';
export { launchBrowser, newPerson } from './person.mjs';
export { assertAccessible, assertFonts, fontsUsed, screenshot } from './eyes.mjs';
