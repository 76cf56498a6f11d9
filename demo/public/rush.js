// @ts-nocheck -- runs in the browser, whose types the project does not load

const button = document.querySelector("#rush-start");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => void run());
}

async function run() {
  // Not `disabled`, which would take the focus away from under the keyboard.
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await send("POST", "/rush");
    const numbers = Array.from({ length: Number(button.dataset.size) }, (_, index) => index + 1);
    await Promise.all(numbers.map((number) => send("POST", `/rush/${number}`)));
    await Promise.all([show("#rush-result", "/rush"), show("#record", "/record")]);
  } catch (error) {
    document.querySelector("#rush-result").textContent = `That did not work: ${error.message}`;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function send(method, path) {
  const response = await fetch(path, { method });
  if (!response.ok) throw new Error(`the server answered ${path} with ${response.status}.`);
  return response;
}

/** The server renders the pieces, as it does the page; everything in them is escaped there. */
async function show(selector, path) {
  const response = await send("GET", path);
  document.querySelector(selector).innerHTML = await response.text();
}
