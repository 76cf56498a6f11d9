/** Something a person has to fix: shown without a stack, so the message says what was expected, found, and what to do. */
export class BootstrapError extends Error {}
