/* consentguard: reads what a visitor allows, and lets nothing else through. banner.js asks. */
(() => {
  if (window.consentGuard) return;
  const own = document.currentScript;
  const attempt = (work, otherwise) => { try { return work(); } catch { return otherwise; } };
  const config = attempt(() => JSON.parse(own.dataset.consentGuard));
  if (!config) return console.error("consent.js: no configuration");

  const CHOICE = /^(\w{1,7})\.(\w{1,7})\.(\w{16})\.[\w-]{22}\.([\w:/]*)\.[^.]+\.[^.]+$/;
  const GATED = "script[type='text/plain'][data-consent],template[data-consent],iframe[data-consent][data-src]";
  const { purposes, settings } = config, here = location.pathname;
  let loading, told, granted = "", order = Promise.resolve();

  /* The choice; its signature is for the server to check */
  const cookies = () => attempt(() => document.cookie.split("; "), []);
  const kept = () => attempt(() => {
    const made = JSON.parse(localStorage.getItem("cg_waiting"));
    return made.accepted.every && made;
  });
  const read = () => {
    const there = cookies();
    const cookie = (name) => (there.find((each) => each.startsWith(name + "=")) || "").slice(name.length + 1);
    const refusal = cookie("cg_refused");
    const [policy, at] = refusal.split(".");
    const [, since, lasts, version, items] = refusal
      ? [, at, config.lasts.toString(36), policy, ""]
      : CHOICE.exec(cookie("cg_choice")) || [];
    const until = parseInt(since, 36) + parseInt(lasts, 36);
    guard.choice = {
      policy: version,
      accepted: items ? items.split(":") : [],
      holds: config.holds.includes(version) && until > Date.now() / 1000,
      unsent: !!refusal,
    };
    guard.waiting = refusal || !guard.choice.holds ? kept() : null;
  };

  /* What it allows */
  const item = (name) => {
    const purpose = Object.keys(purposes).find((each) => purposes[each].includes(name));
    return purpose ? `${purpose}/${name}` : String(name);
  };
  const within = (items, one) => items.includes(one) || items.includes(one.split("/")[0]);
  const allows = (name) => guard.choice.holds && within(guard.choice.accepted, item(name));
  const signalled = () =>
    navigator.globalPrivacyControl === true && Object.keys(purposes).every((each) => config.gpc.includes(each));
  const asks = () => !guard.choice.holds && !guard.waiting && !signalled() && !settings.includes(here);

  /* Scripts, frames and templates that wait for it */
  const revive = (old) => {
    const fresh = document.createElement("script");
    const { src = old.getAttribute("src"), type } = old.dataset;
    for (const { name, value } of old.attributes)
      if (!/^(type|src|data-(consent|src|type))$/.test(name)) fresh.setAttribute(name, value);
    Object.assign(fresh, { nonce: old.nonce, async: old.hasAttribute("async"), text: old.text });
    Object.assign(fresh, type && { type }, src && { src });
    old.removeAttribute("data-consent");
    order = order.then(() => new Promise((done) => {
      fresh.onload = fresh.onerror = done;
      old.replaceWith(fresh);
      if (!src || fresh.async || !fresh.isConnected) done();
    }));
  };
  const unfold = (old) => {
    const content = document.importNode(old.content, true);
    for (const each of content.querySelectorAll("script:not([async])")) each.async = false;
    old.replaceWith(content);
  };
  const frame = (old, allowed) => {
    if (allowed === old.hasAttribute("src")) return;
    const fresh = allowed ? old : old.cloneNode(), placeholder = old.nextElementSibling;
    if (allowed) fresh.src = fresh.dataset.src;
    else fresh.removeAttribute("src"), old.replaceWith(fresh);
    if (!placeholder || !placeholder.matches("[data-consent-placeholder]")) return;
    const focused = placeholder.contains(document.activeElement);
    placeholder.hidden = allowed;
    if (focused) fresh.focus();
  };
  const release = () => {
    for (const each of document.querySelectorAll(GATED)) {
      const allowed = allows(each.dataset.consent);
      if (each.matches("iframe")) frame(each, allowed);
      else if (allowed) each.matches("script") ? revive(each) : unfold(each);
    }
  };
  const watch = () => {
    release();
    const gated = (node) => node.nodeType === 1 && (node.matches(GATED) || node.querySelector(GATED));
    new MutationObserver((all) => all.some((each) => [...each.addedNodes].some(gated)) && release())
      .observe(document, { childList: true, subtree: true });
  };

  /* Google Consent Mode: all is denied before any tag runs */
  const modes = Object.keys(config.mode);
  const gtag = (command, keys, state = {}) => {
    for (const each of ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"])
      state[each] = keys.includes(each) ? "granted" : "denied";
    window.gtag("consent", command, state);
  };
  const signal = () => {
    const keys = modes.filter(allows).flatMap((each) => config.mode[each]);
    if (granted !== (granted = keys.join())) gtag("update", keys);
  };

  const apply = () => {
    signal();
    if (document.readyState !== "loading") release();
    const names = Object.entries(purposes).flat(2).filter(allows);
    if (told !== (told = guard.choice.holds + names.join()) && window.consentGuard)
      document.dispatchEvent(new CustomEvent("consentguard:change"));
  };

  /* The banner and the dialog, loaded when they are needed */
  const add = (tag, values) => new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement(tag), { nonce: own.nonce, onload, onerror }, values));
  });
  const load = () => loading || (loading = Promise.all([
    add("link", { rel: "stylesheet", href: config.style }),
    add("script", { src: config.script }),
  ]));
  const clicked = (event) => {
    const target = event.target.closest("a[href],[data-consent-open],[data-consent-allow]");
    if (!target || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { consentAllow, consentOpen } = target.dataset;
    if (consentAllow) return guard.allow(consentAllow);
    const leads = target.origin === location.origin && settings.includes(target.pathname);
    if (settings.includes(here) || (!leads && consentOpen === undefined)) return;
    event.preventDefault();
    guard.open().catch(() => location.assign(settings[0]));
  };

  const guard = { config, allows, item, within, asks, read, apply, cookies };
  if (modes.length) {
    window.dataLayer = window.dataLayer || [];
    window.gtag = window.gtag || function () { window.dataLayer.push(arguments); };
    gtag("default", [], { wait_for_update: 500 });
  }
  read();
  apply();
  for (const each of ["open", "decide", "allow", "start"])
    guard[each] = (...values) => load().then(() => guard.banner[each](...values));
  window.consentGuard = guard;
  const start = () => guard.start().catch(console.warn);
  const left = ([name, pattern]) => !allows(name) && cookies().some((each) => RegExp(pattern).test(each));
  if (asks() || guard.choice.unsent) start();
  else addEventListener("load", () => ((guard.waiting = kept()) || Object.entries(config.cookies).some(left)) && start());
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", watch) : watch();
  document.addEventListener("click", clicked);
  addEventListener("pageshow", (event) => event.persisted && (read(), apply()));
})();
