// @ts-nocheck -- runs in the browser, whose types the project does not load
import { remaining } from "./remaining.js";

/** Keeps "in 30 seconds" true. The panel may be replaced at any time, so its elements are looked up anew. */
setInterval(() => {
  for (const element of document.querySelectorAll("[data-ends]")) {
    const text = remaining(Number(element.dataset.ends) - Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);
