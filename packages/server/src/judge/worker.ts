/** A judge thread. */
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { useSha256 } from '@fractal/tlog';
import { judge } from './judge.ts';
import { serveTasks } from './serve-tasks.ts';

useSha256(nodeSha256);
serveTasks(judge);
