/* consentguard: asks visitors, and sends what they decide. Loaded by consent.js. */
(() => {
  const guard = window.consentGuard;
  if (!guard || guard.banner) return;
  const { config } = guard;
  const attempt = (work) => { try { return work(); } catch {} };
  const find = (selector, within = document) => within.querySelector(selector);
  const make = (tag, values) => Object.assign(document.createElement(tag), values);
  const banner = () => find("[data-consent-banner]");
  const visible = (element) => element.isConnected && element.getClientRects().length > 0;
  const words = (name) => attempt(() => JSON.parse(banner().dataset.consentBanner)[name]);
  let sending = Promise.resolve(), before, dialog, timer;

  /* Cookies that are not allowed, here and above */
  const remove = (name) => {
    const hosts = location.hostname.split("."), steps = location.pathname.split("/");
    const folders = steps.map((_, index) => steps.slice(0, index + 1).join("/"));
    const domains = hosts.map((_, index) => "; Domain=" + hosts.slice(index).join("."));
    for (const path of new Set(folders.flatMap((each) => [each || "/", each + "/"])))
      for (const domain of ["", ...domains]) setCookie(`${name}=; Max-Age=0; Path=${path}${domain}`);
  };
  const setCookie = (text) =>
    attempt(() => { document.cookie = text + (location.protocol === "https:" ? "; Secure" : ""); });
  const clean = () => {
    for (const each of guard.cookies()) {
      const services = Object.keys(config.cookies).filter((name) => RegExp(config.cookies[name]).test(each));
      if (services.length && !services.some(guard.allows)) remove(each.split("=")[0]);
    }
  };

  /* A refusal counts at once, an acceptance once it is on record */
  const keep = (made) => {
    guard.waiting = made;
    const set = () => localStorage.setItem("cg_waiting", JSON.stringify(made));
    attempt(() => made ? set() : localStorage.removeItem("cg_waiting"));
  };
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
  const decide = (items, method = "save", component = "api") => {
    const accepted = [...items].map((each) => each in config.purposes ? each : guard.item(each)), { choice } = guard;
    const made = {
      accepted,
      policy: config.policy,
      method: method === "reject" && choice.holds && choice.accepted.length ? "withdraw" : method,
      component,
      language: config.language,
      again: !!choice.policy && !choice.holds,
      nonce: random(),
    };
    keep(made);
    if (!accepted.length || !choice.accepted.every((each) => guard.within(accepted, each))) {
      const now = Math.floor(Date.now() / 1000).toString(36);
      setCookie(`cg_refused=${config.policy}.${now}; Max-Age=${config.lasts}; Path=/; SameSite=Lax`);
      guard.choice = { policy: config.policy, accepted: [], holds: true };
    }
    guard.apply();
    clean();
    return send(made);
  };
  const send = (made) => (sending = sending.then(() => deliver(made)));
  const deliver = async (made) => {
    let status = 0;
    try {
      const headers = { "Content-Type": "application/json" };
      const sent = { method: "POST", headers, body: JSON.stringify(made), keepalive: true };
      const answer = await fetch(config.choice, sent);
      ({ status } = answer);
      await answer.text();
    } catch {}
    if (!status || status === 429 || status >= 500) return made.accepted.length ? "unsaved" : "unsent";
    const { waiting } = guard, newer = waiting && waiting.nonce !== made.nonce && waiting;
    if (!newer) keep(null);
    guard.read();
    if (newer) guard.waiting = newer;
    guard.apply();
    clean();
    return status < 300 ? "saved" : status === 409 ? "outdated" : "failed";
  };

  /* What is said */
  const say = (outcome) => {
    const voice = find("[data-consent-voice]");
    if (!voice) return;
    const [text, close] = voice.children, focused = close.contains(document.activeElement);
    text.textContent = words(outcome);
    voice.classList.toggle("cg-voice", !(close.hidden = !outcome));
    close.onclick = () => say();
    if (focused) refocus();
    clearTimeout(timer);
    if (outcome === "saved") timer = setTimeout(say, 6000);
  };
  const refocus = () => {
    const target = before && visible(before) ? before : find("main,[role=main],h1") || document.body;
    if (target.tabIndex < 0) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };

  /* The banner */
  const fit = () => {
    const box = banner(), height = box && !box.hidden ? box.firstElementChild.offsetHeight : 0;
    const root = document.documentElement;
    root.classList.toggle("cg-asked", !!height);
    root.style.setProperty("--cg-height", `${height + 24}px`);
  };
  const show = () => {
    const box = banner();
    if (!box) return;
    const news = words("changes")[guard.choice.policy] || [], changed = find("[data-consent-changes]", box);
    changed.hidden = !news.length;
    changed.querySelector("ul").replaceChildren(...news.map((textContent) => make("li", { textContent })));
    box.hidden = false;
    fit();
  };
  const hide = () => {
    const box = banner();
    if (!box || box.hidden) return;
    const focused = box.contains(document.activeElement);
    box.hidden = true;
    fit();
    if (focused) refocus();
  };
  const answer = async (accepted, method, component) => {
    const decided = decide(accepted, method, component);
    hide();
    if (dialog) dialog.close();
    const outcome = await decided;
    if (outcome === "outdated") return open(outcome);
    if (outcome === "failed" && guard.asks()) show();
    say(outcome);
  };
  const submitted = (event) => {
    const form = event.target, asked = form.closest("[data-consent-banner],.cg-dialog");
    if (!asked || !form.elements.version) return;
    event.preventDefault();
    const component = asked === dialog ? "preferences" : "banner";
    const items = {
      accept: form.elements.offered.value.split(" "),
      save: new FormData(form).getAll("accepted"),
    }[event.submitter.value];
    answer(items || [], items ? event.submitter.value : "reject", component);
  };

  /* The dialog: the cookie ticks its boxes */
  const open = async (outcome) => {
    const fetched = await fetch(config.centre, { cache: outcome ? "reload" : "default" });
    const made = make("dialog", { className: "cg cg-dialog", innerHTML: await fetched.text() });
    const opener = document.activeElement;
    config.policy = find("[name=version]", made).value;
    if (outcome) {
      config.holds.push(config.policy);
      Object.assign(find("[data-consent-problem]", made), { textContent: words(outcome), hidden: false });
    }
    made.setAttribute("aria-labelledby", "cg-heading");
    tick(made);
    made.onclick = (event) => (event.target === made || event.target.closest("[data-consent-close]")) && made.close();
    made.onchange = changed;
    made.onkeydown = turn;
    made.onclose = () => {
      made.remove();
      if (dialog === made) dialog = null;
      if (guard.asks()) show();
      visible(opener) ? opener.focus() : refocus();
    };
    if (dialog) dialog.close();
    dialog = made;
    document.body.append(made);
    made.showModal();
    find("#cg-heading", made).focus();
  };
  const boxes = (within) => [...within.querySelectorAll("[name=accepted]")];
  const tick = (made) => {
    for (const each of boxes(made)) each.checked = guard.allows(each.value);
    for (const each of made.querySelectorAll(".privacy-parts")) total(each);
    const { choice } = guard, receipt = find("[data-consent-receipt]", made), gpc = find("[data-consent-gpc]", made);
    if (receipt) receipt.hidden = !choice.holds || !!choice.unsent;
    if (gpc) gpc.hidden = navigator.globalPrivacyControl !== true;
  };
  const total = (group) => {
    const all = find("[data-consent-all]", group), ticked = boxes(group).map((each) => each.checked);
    all.checked = !ticked.includes(false);
    all.indeterminate = !all.checked && ticked.includes(true);
  };
  const changed = ({ target }) => {
    const group = target.closest(".privacy-parts");
    if (!group) return;
    if (!target.name) for (const each of boxes(group)) each.checked = target.checked;
    total(group);
  };
  const turn = (event) => {
    const stops = [...dialog.querySelectorAll("a[href],button,input")].filter(visible), last = stops.length - 1;
    const at = stops.indexOf(document.activeElement), end = event.shiftKey ? 0 : last;
    if (event.key !== "Tab" || (at !== end && (at >= 0 || !event.shiftKey))) return;
    event.preventDefault();
    stops[last - end].focus();
  };

  const begin = async () => {
    const made = guard.waiting || lost();
    if (made) {
      const outcome = await send(made);
      if (made.accepted.length && outcome !== "saved" && !guard.waiting) say(outcome);
    }
    clean();
    if (guard.asks()) show();
  };
  const lost = () => {
    const { unsent, holds, policy } = guard.choice;
    return unsent && holds && { accepted: [], policy, method: "reject", component: "banner", nonce: random() };
  };
  document.addEventListener("submit", submitted);
  document.addEventListener("focusin", (event) => {
    const box = banner(), from = event.relatedTarget;
    if (box && from && box.contains(event.target) && !box.contains(from)) before = from;
  });
  document.addEventListener("consentguard:change", () => guard.asks() || hide());
  addEventListener("resize", fit);
  guard.banner = {
    decide,
    open: () => open(),
    start: () => {
      if (banner()?.nextSibling || document.readyState !== "loading") return begin();
      document.addEventListener("DOMContentLoaded", begin);
    },
    allow: (name) => {
      const { accepted, holds } = guard.choice;
      return answer([...(holds ? accepted : []), guard.item(name)], "save", "placeholder");
    },
  };
})();
