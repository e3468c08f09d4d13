/* consentguard: asks the browser for a passkey, and sends its answer as the form's. */
(() => {
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  /* What the server asks for comes as JSON, and what a device says goes back as JSON: bytes as base64url */
  const asked = (options) => {
    const known = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
    return {
      ...options,
      challenge: bytes(options.challenge),
      ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
      ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
      ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
    };
  };
  const said = ({ id, rawId, type, response }) => {
    const content = {};
    for (const part of PARTS) if (response[part]) content[part] = text(response[part]);
    if (response.getTransports) content.transports = response.getTransports();
    return JSON.stringify({ id, rawId: text(rawId), type, response: content });
  };
  const ask = async (ceremony, address) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ceremony }),
    });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const publicKey = asked((await answer.json()).options);
    const { credentials } = navigator;
    return said(await (ceremony === "register" ? credentials.create({ publicKey }) : credentials.get({ publicKey })));
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const { passkey, options, missing, failed } = form.dataset;
    const { credential } = form.elements, buttons = form.querySelectorAll("button");
    const told = document.createElement("p");
    told.setAttribute("role", "alert");
    const tell = (words) => {
      told.className = words ? "privacy-notice privacy-problem" : "";
      told.textContent = words;
    };
    const disable = (disabled) => { for (const each of buttons) each.disabled = disabled; };
    form.prepend(told);
    addEventListener("pageshow", () => { credential.value = ""; });
    if (!window.PublicKeyCredential) {
      tell(missing);
      disable(true);
      continue;
    }
    form.addEventListener("submit", async (event) => {
      if (credential.value) return;
      event.preventDefault();
      const { submitter } = event;
      tell("");
      disable(true);
      try {
        credential.value = await ask(passkey, options);
      } catch {
        tell(failed);
      }
      disable(false);
      if (credential.value) form.requestSubmit(submitter);
      else submitter.focus();
    });
  }
})();
