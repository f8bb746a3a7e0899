// Loaded into the server with --import and --expose-gc: a full collection on SIGUSR2, so that the suite measures what is
// kept and not what is waiting to be collected.
process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
});
