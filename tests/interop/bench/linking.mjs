// Server CPU per request of account linking, ours beside oidc-provider's, on one machine.
//
// oidc-provider runs twice: with what it keeps on disk before it answers, as ours is, which is what
// the bar compares; and with all of it in memory, which is the least that it can cost.
// Requests are signed before the clock starts, rounds alternate between the servers, and what counts
// is the processor time that the kernel charged to the server's process (user and system, all threads).
// Usage: node linking.mjs [--json] [--rounds N] [--requests N] [--lanes N]

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { startOurs, startPeer } from './servers.mjs';

const BAR = 0.25;
const RSS_BAR = 100 * 1024 * 1024;
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '600' },
    lanes: { type: 'string', default: '32' },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const lanes = Number(values.lanes);
const say = (line) => { if (!values.json) console.log(line); };
const TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor time of a process so far, in microseconds. */
async function cpu(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** A size of a process, in bytes. */
async function size(pid, name) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) * 1_024;
}

/** Waits until what a server still had to do in the background is done. */
async function quiet(pid) {
  for (let tries = 0; tries < 100; tries += 1) {
    const before = await cpu(pid);
    await pause(300);
    if (await cpu(pid) - before <= 2 * TICK_US) return;
  }
  throw new Error('the server does not come to rest');
}

/** Runs `each` over `all` in a few lanes at once. */
async function inLanes(all, each) {
  const results = new Array(all.length);
  let next = 0;
  const lane = async () => {
    while (next < all.length) {
      const at = next;
      next += 1;
      results[at] = await each(all[at]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Sends what was prepared and answers with the processor time per request. */
async function measure(server, prepared, expected) {
  await quiet(server.pid);
  const before = await cpu(server.pid);
  const answers = await inLanes(prepared, (request) => server.send(request));
  const spent = await cpu(server.pid) - before;
  const bad = answers.find((answer) => answer.status !== expected);
  if (bad) throw new Error(`${prepared[0].path}: ${bad.status} ${bad.text}`);
  return { answers, us: spent / prepared.length };
}

const repeat = (make) => inLanes(Array.from({ length: requests }), make);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const ROWS = ['PAR', 'PAR + DPoP', 'code exchange', 'refresh', 'introspection'];

/** One round of all rows at one server. */
async function round(server) {
  const { make } = server;
  const spent = {};
  spent.PAR = await measure(server, await repeat(() => make.parByThumbprint()), 201);
  spent['PAR + DPoP'] = await measure(server, await repeat(() => make.par()), 201);
  const codes = [];
  while (codes.length < requests / 2) codes.push(await server.code());
  const exchanges = await inLanes(codes, (code) => make.exchange(code));
  spent['code exchange'] = await measure(server, exchanges, 200);
  const tokens = JSON.parse(spent['code exchange'].answers.at(-1).text);
  const refreshes = await repeat(() => make.refresh(tokens.refresh_token));
  spent.refresh = await measure(server, refreshes, 200);
  const questions = await repeat(() => make.introspect(tokens.access_token));
  spent.introspection = await measure(server, questions, 200);
  const [answer] = spent.introspection.answers;
  if (JSON.parse(answer.text).active !== true) throw new Error(`not active: ${answer.text}`);
  return Object.fromEntries(ROWS.map((row) => [row, spent[row].us]));
}

const servers = {
  ours: await startOurs(lanes),
  kept: await startPeer(lanes, true),
  memory: await startPeer(lanes, false),
};
const names = Object.keys(servers);
const all = Object.fromEntries(names.map((name) => [name, []]));
for (let n = 0; n <= rounds; n += 1) {
  for (const at of names.keys()) {
    const name = names[(at + n) % names.length];
    const spent = await round(servers[name]);
    // The first round warms all up: compilers, caches, files.
    if (n > 0) all[name].push(spent);
  }
  say(`round ${n} of ${rounds}`);
}
const rows = ROWS.map((row) => {
  const [ours, kept, inMemory] = names.map((name) => median(all[name].map((each) => each[row])));
  return {
    row,
    ours_us: ours,
    oidc_provider_us: kept,
    oidc_provider_in_memory_us: inMemory,
    ratio: ours / kept,
    ratio_in_memory: ours / inMemory,
    ok: ours / kept <= BAR,
  };
});
const memory = {};
for (const name of names) {
  const { pid } = servers[name];
  memory[name] = { rss: await size(pid, 'VmRSS'), peak: await size(pid, 'VmHWM') };
}
for (const name of names) await servers[name].stop();

const ok = rows.every((each) => each.ok) && memory.ours.peak < RSS_BAR;
const machine = `${os.cpus()[0].model}, ${os.cpus().length} processors, ${os.release()}`;
if (values.json) {
  console.log(JSON.stringify({ machine, node: process.version, rounds, requests, lanes, rows, memory, ok }));
} else {
  const mib = (bytes) => (bytes / 1_048_576).toFixed(0);
  say(`${machine}; Node ${process.version}; medians of ${rounds} rounds of ${requests}, ${lanes} at a time`);
  say('| request | ours, µs | oidc-provider, µs | ratio | in memory, µs | ratio |\n|---|---|---|---|---|---|');
  for (const each of rows) {
    const [ours, kept, inMemory] = [each.ours_us, each.oidc_provider_us, each.oidc_provider_in_memory_us]
      .map((us) => us.toFixed(0));
    const ratios = [each.ratio, each.ratio_in_memory].map((ratio) => ratio.toFixed(2));
    say(`| ${each.row} | ${ours} | ${kept} | ${ratios[0]} | ${inMemory} | ${ratios[1]} |`);
  }
  const [ours, kept, inMemory] = names.map((name) => `${mib(memory[name].rss)} (${mib(memory[name].peak)})`);
  say(`| memory, MiB (peak) | ${ours} | ${kept} | | ${inMemory} | |`);
  say(ok ? `every row is within ${BAR}` : `a bar is missed: ${BAR} of the processor time, 100 MB`);
}
process.exit(ok ? 0 : 1);
