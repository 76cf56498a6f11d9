/**
 * How long is left, in words. Used by the server for the page and by the browser for the countdown.
 *
 * @param {number} milliseconds
 * @returns {string}
 */
export function remaining(milliseconds) {
  if (milliseconds <= 0) return "over";
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `in ${amount(seconds, "second")}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `in ${amount(minutes, "minute")}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `in ${amount(hours, "hour")}`;
  return `in ${amount(Math.round(hours / 24), "day")}`;
}

/**
 * @param {number} count
 * @param {string} unit
 */
function amount(count, unit) {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
