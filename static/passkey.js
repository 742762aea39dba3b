// Passkeys and security keys: asks the browser for a credential and sends it with the form.
"use strict";

const usable = Boolean(window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.querySelector("[data-passkey-unusable]").hidden = usable;
  form.querySelector("[data-passkey-button]").hidden = !usable;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

async function send(form) {
  const status = form.querySelector("[data-passkey-status]");
  status.textContent = "";
  try {
    const credential = await ask(form);
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    status.textContent = status.dataset.failed;
  }
}

async function ask(form) {
  if (form.dataset.passkey === "create") return create(form, JSON.parse(form.dataset.options).publicKey);
  const options = form.dataset.passkey === "get" ? JSON.parse(form.dataset.options) : await fetchOptions(form);
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) });
}

function create(form, options) {
  const alone = form.elements.passwordless.checked;
  Object.assign(options.authenticatorSelection, {
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone && { userVerification: "required" }),
  });
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
}

async function fetchOptions(form) {
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).request_options;
}
