// Makes and uses passkeys. What the browser answers goes into the form's hidden fields, and the form is sent as any other.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function make(form) {
  const { challenge, rpId, rpName, user, userName, known } = form.dataset;
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp: { id: rpId, name: rpName },
      user: { id: bytes(user), name: userName, displayName: userName },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: (known || "").split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { userVerification: "required" },
      attestation: "none",
    },
  });
  form.elements.client_data.value = text(made.response.clientDataJSON);
  form.elements.authenticator_data.value = text(made.response.getAuthenticatorData());
  form.elements.public_key.value = text(made.response.getPublicKey());
}

async function sign(form) {
  const { challenge, rpId, known } = form.dataset;
  const given = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId,
      allowCredentials: (known || "").split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
      userVerification: "required",
    },
  });
  form.elements.credential.value = text(given.rawId);
  form.elements.client_data.value = text(given.response.clientDataJSON);
  form.elements.authenticator_data.value = text(given.response.authenticatorData);
  form.elements.signature.value = text(given.response.signature);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[data-said]");
  if (!window.PublicKeyCredential) {
    said.textContent = "This browser knows no passkeys.";
    continue;
  }
  form.querySelector("[data-needs-script]").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      await (form.dataset.passkey === "make" ? make : sign)(form);
    } catch (wrong) {
      said.textContent = `Nothing was signed: ${wrong.message || wrong.name}`;
      said.focus();
      return;
    }
    form.submit();
  });
}
