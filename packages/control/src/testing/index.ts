/** For tests and simulations: a control log in memory, with the promises of the port. */
export { memoryControlLog } from './memory-control-log.ts';
