/** A judge thread. */
import { judge } from './judge.ts';
import { serveTasks } from './serve-tasks.ts';

serveTasks(judge);
