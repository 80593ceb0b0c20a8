// The answer of /check, made in the page: nothing that is answered leaves it. The rules come from the
// server as data, the words as parts in a template; the server makes the same answer from the same.
"use strict";

(() => {
  const form = document.querySelector("form[data-check]");
  const parts = document.getElementById("check-parts");
  if (!form || !parts) return;
  const rules = JSON.parse(form.dataset.check);
  const apps = JSON.parse(form.dataset.apps);
  const gone = JSON.parse(form.dataset.gone);
  const banks = new Set([...document.querySelectorAll("#banks option")].map(({ value }) => value));
  const place = document.getElementById("answer");

  const show = (node, is) => { node.hidden = !is; };
  const join = (names) => names.join(form.dataset.separator);
  const yen = (amount) => `¥${amount.toLocaleString("en-US")}`;
  const slot = (within, name, text) => {
    within.querySelectorAll(`[data-slot="${name}"]`).forEach((node) => { node.textContent = text; });
  };
  const keepIf = (within, name, is) => {
    if (!is) within.querySelectorAll(`[data-if="${name}"]`).forEach((node) => node.remove());
  };

  /** As the server reads an amount; null when there is none that can be read. */
  function amountOf(text) {
    let rest = text.trim();
    for (const word of ["約", "だいたい"]) if (rest.startsWith(word)) rest = rest.slice(word.length).trim();
    for (const word of ["くらい", "ぐらい", "ほど", "以上"]) {
      if (rest.endsWith(word)) rest = rest.slice(0, -word.length).trim();
    }
    rest = [...rest].map((letter) => "〇一二三四五六七八九".includes(letter)
      ? String("〇一二三四五六七八九".indexOf(letter)) : letter).join("");
    if (rest.endsWith("円")) rest = rest.slice(0, -1).trim();
    let sum = null;
    for (const [unit, times] of [["億", 100_000_000], ["万", 10_000]]) {
      const place = rest.indexOf(unit);
      if (place < 0) continue;
      const many = manyOf(rest.slice(0, place), times);
      if (many === null) return null;
      sum = (sum ?? 0) + many;
      rest = rest.slice(place + 1).trim();
    }
    const few = sum !== null && rest === "" ? 0 : belowTenThousand(rest);
    return few === null ? null : (sum ?? 0) + few;
  }

  /** `2千` or `1.5` of something. */
  function manyOf(text, times) {
    const parted = text.split(/[.．]/);
    if (parted.length === 1) {
      const many = belowTenThousand(text);
      // `3千5万` may mean two amounts.
      const isRound = plainOf(text) !== null || /[千百十]$/.test(text.trimEnd());
      return many === null || !isRound ? null : many * times;
    }
    const [whole, part] = [plainOf(parted[0]), plainOf(parted[1])];
    const places = [...parted[1]].length;
    if (parted.length > 2 || whole === null || part === null || places > 4) return null;
    return whole * times + part * (times / 10 ** places);
  }

  /** `2千5百`, or digits as they are. */
  function belowTenThousand(text) {
    let rest = text;
    let sum = null;
    for (const [unit, times] of [["千", 1_000], ["百", 100], ["十", 10]]) {
      const place = rest.indexOf(unit);
      if (place < 0) continue;
      const before = rest.slice(0, place).trim();
      const many = before === "" ? 1 : plainOf(before);
      if (many === null) return null;
      sum = (sum ?? 0) + many * times;
      rest = rest.slice(place + 1).trim();
    }
    if (sum !== null && rest === "") return sum;
    const few = plainOf(rest);
    return few === null ? null : (sum ?? 0) + few;
  }

  function plainOf(text) {
    if (!/^[0-9０-９,，¥￥円 　]*$/.test(text)) return null;
    const plain = text.normalize("NFKC").replace(/[^0-9,]/g, "");
    // A comma that parts no thousands is asked about, not guessed.
    return /^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)$/.test(plain) ? Number(plain.replaceAll(",", "")) : null;
  }

  function read(box) {
    const field = (name) => form.elements[`${name}${box.dataset.account}`];
    const ticked = (id) => form.elements[`app${box.dataset.account}-${id}`].checked;
    const named = apps.filter(([id]) => ticked(id)).map(([, name]) => name);
    const answers = [...box.querySelectorAll("select")].map((select) => select.value);
    answers.push(named.length ? "links-some" : ticked("none") ? "links-none" : "links-unknown");
    const holds = (when) => when.every((group) => group.some((answer) => answers.includes(answer)));
    const unread = [field("balance"), field("room")].map(({ value }) => value.trim())
      .filter((text) => text && amountOf(text) === null);
    const balance = reachOf(amountOf(field("balance").value));
    const below = reachOf(holds(rules.below_zero) ? amountOf(field("room").value) : 0);
    const bank = field("bank").value.trim().replace(/\s+/g, " ") || form.dataset.nameless;
    const whose = field("whose");
    const name = whose.value === "whose-mine" ? bank : form.dataset.named
      .replace("{whose}", () => whose.selectedOptions[0].textContent).replace("{bank}", () => bank);
    return {
      name,
      isEmpty: !field("bank").value.trim() && !field("balance").value.trim(),
      apps: join(named),
      unread: join(unread),
      doubts: [
        named.length && ticked("none") ? "check-doubt-links" : "",
        field("overdraft").value === "overdraft-no" && amountOf(field("room").value) ? "check-doubt-room" : "",
      ].filter((key) => key),
      now: gone[bank] ?? "",
      isOnNoList: bank !== form.dataset.nameless && !(bank in gone) && !banks.has(bank) && !banks.has(`${bank}銀行`),
      balance,
      below,
      reach: plus(balance, below),
      isSafer: holds(rules.safer),
      ways: rules.ways.filter(({ when }) => holds(when)).map(({ id }) => id),
      steps: rules.steps.filter(({ when }) => holds(when)).map(({ id }) => id),
    };
  }

  /** How much could be taken: the part that is known, and whether that is all of it. */
  const reachOf = (amount) => ({ yen: amount ?? 0, isWhole: amount !== null });
  const plus = (a, b) => ({ yen: a.yen + b.yen, isWhole: a.isWhole && b.isWhole });
  const sum = (accounts, part) => accounts.map((account) => account[part]).reduce(plus, reachOf(0));

  function fillReach(within, name, { yen: amount, isWhole }) {
    slot(within, name, yen(amount));
    // "¥0 or more" is no answer.
    const isUnknown = !isWhole && amount === 0;
    keepIf(within, `${name}-known`, !isUnknown);
    keepIf(within, `${name}-unknown`, isUnknown);
    keepIf(within, `${name}-at-least`, !isWhole && !isUnknown);
  }

  function fillCard(card, account) {
    slot(card, "name", account.name);
    slot(card, "apps", account.apps);
    slot(card, "unread", account.unread);
    fillReach(card, "reach", account.reach);
    fillReach(card, "balance", account.balance);
    fillReach(card, "room", account.below);
    keepIf(card, "unread", account.unread !== "");
    keepIf(card, "safer", account.isSafer);
    for (const key of ["check-doubt-links", "check-doubt-room"]) keepIf(card, key, account.doubts.includes(key));
    slot(card, "now", account.now);
    keepIf(card, "gone", account.now !== "");
    keepIf(card, "no-list", account.isOnNoList);
    keepIf(card, "apps", account.apps !== "");
    card.querySelectorAll("[data-way]").forEach((node) => {
      if (!account.ways.includes(node.dataset.way)) node.remove();
    });
  }

  function draw(accounts) {
    const answer = parts.content.cloneNode(true);
    const [open, safer] = [accounts.filter(({ isSafer }) => !isSafer), accounts.filter(({ isSafer }) => isSafer)];
    const below = sum(open, "below");
    fillReach(answer, "total", sum(open, "reach"));
    fillReach(answer, "apart", sum(safer, "reach"));
    keepIf(answer, "apart", safer.length > 0);
    fillReach(answer, "below", below);
    keepIf(answer, "below", below.yen > 0 || !below.isWhole);
    answer.querySelectorAll("[data-step]").forEach((node) => {
      const about = accounts.filter((account) => account.steps.includes(node.dataset.step));
      if (about.length) slot(node, "names", join(about.map((account) => account.name)));
      else node.remove();
    });
    const cards = answer.querySelector("[data-cards]");
    const sample = cards.querySelector("[data-card]");
    sample.remove();
    for (const account of accounts) {
      const card = sample.cloneNode(true);
      fillCard(card, account);
      cards.append(card);
    }
    answer.querySelectorAll("[data-print]").forEach((button) => {
      button.addEventListener("click", () => window.print());
    });
    place.replaceChildren(answer);
    place.focus();
    place.scrollIntoView({ block: "start" });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const boxes = [...form.querySelectorAll("[data-account]")].map(read);
    const accounts = boxes.filter((account) => !account.isEmpty);
    const notice = form.querySelector("[data-empty]");
    show(notice, accounts.length === 0);
    if (accounts.length === 0) notice.scrollIntoView({ block: "center" });
    else draw(accounts);
  });

  // Whoever leaves a shared machine leaves nothing behind.
  window.addEventListener("pagehide", () => { form.reset(); place.replaceChildren(); });
  show(document.querySelector("[data-sent]"), false);
  show(document.querySelector("[data-kept]"), true);
})();
