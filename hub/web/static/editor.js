// Comfort only: checks the document anew while somebody types, and puts the cursor on the line of a finding.
const text = document.getElementById("text");
const findings = document.getElementById("findings");
const form = text.form;
let waiting = 0;
let asked = 0;

async function check() {
  const mine = ++asked;
  const body = new FormData(form);
  body.delete("file");
  body.set("do", "findings");
  const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
  if (answer.ok && mine === asked) {
    findings.innerHTML = await answer.text();
  }
}

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => check().catch(() => {}), 700);
});

findings.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) {
    return;
  }
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + lines[line].length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, line - 5);
});
