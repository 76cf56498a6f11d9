import { type Html, html } from "./html.ts";

/** Line drawings in the text's colour, so that both themes suit them. They say nothing the text beside them does not. */
export const hanger = html`<svg class="hanger" viewBox="0 0 32 24" aria-hidden="true">
  <path
    d="M16 9V7.4c1.7-.4 2.6-1.5 2.6-2.8a2.6 2.6 0 0 0-5.2 0M16 9 3.3 17.6c-1.8 1.2-1 3.9 1.2 3.9h23c2.2 0 3-2.7 1.2-3.9Z"
  />
</svg>`;

const hat = html`<svg class="picture" viewBox="0 0 64 48" aria-hidden="true">
  <path d="M17 31c.6-10 2-20 6.500-21.500 3-1 5 1.600 8.500 1.600s5.500-2.600 8.500-1.600C45 11 46.400 21 47 31" />
  <path class="fill" d="M17.400 25.500c8.500 3.600 20.700 3.600 29.200 0L47 31c-8 4-22 4-30 0Z" />
  <path d="M17 30C9 30 5 32 5 34.500 5 38.500 17 41 32 41s27-2.500 27-6.500c0-2.500-4-4.500-12-4.500" />
</svg>`;

const scarf = html`<svg class="picture" viewBox="0 0 64 48" aria-hidden="true">
  <path d="M18 12c0-4.500 6.300-8 14-8s14 3.500 14 8-6.300 8.500-14 8.500S18 16.500 18 12Z" />
  <path d="M24.500 11c0-1.700 3.400-3 7.500-3s7.500 1.300 7.500 3-3.400 3-7.500 3-7.500-1.300-7.500-3Z" />
  <path d="M26 20v20h10V20.300M36 25.500l7.500-2V34H36M28 40v4M31 40v4M34 40v4M38.500 34v4M41.500 34v4" />
  <path class="fill" d="M26 29.500h10V35H26Z" />
</svg>`;

const umbrella = html`<svg class="picture" viewBox="0 0 64 48" aria-hidden="true">
  <path
    d="M8 25C9 14 19 7 32 7s23 7 24 18c-3-3-6-3.500-8-3.500S42 22 40 25c-2-3-5-3.500-8-3.500S26 22 24 25c-2-3-6-3.500-8-3.500S11 22 8 25Z"
  />
  <path class="fill" d="M24 25c0-8 3-14 8-18 5 4 8 10 8 18-2-3-5-3.500-8-3.500S26 22 24 25Z" />
  <path d="M32 3v4M32 21.500V39a4.500 4.500 0 0 0 9 0" />
</svg>`;

const mitten = html`<path
    d="M14 35V18c0-9.500 13-9.500 13 0v5c1-2.600 2.800-4.300 4.700-3.300 2 1.100 1 4-.2 6L27 32v3"
  /><path class="fill" d="M13 35h15v7H13Z" />`;

const gloves = html`<svg class="picture" viewBox="0 0 64 48" aria-hidden="true">
  <g transform="translate(-3 0)">${mitten}</g>
  <g transform="matrix(-1 0 0 1 67 0)">${mitten}</g>
</svg>`;

export const pictures: Readonly<Record<string, Html>> = { hat, scarf, umbrella, gloves };
