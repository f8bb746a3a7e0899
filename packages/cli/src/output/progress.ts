/** Progress of long work on standard error: at most a line a second, none before the first second is over. */
const INTERVAL_MS = 1_000;

export function progressLines(): (line: string) => void {
  let lastMs = Date.now();
  return (line) => {
    if (Date.now() - lastMs < INTERVAL_MS) return;
    lastMs = Date.now();
    console.error(line);
  };
}
