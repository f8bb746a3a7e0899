/** A judge thread that does what the output under judgement asks for: dies, hangs or throws. For judges.test.ts. */
import { judge } from '../judge.ts';
import { serveTasks } from '../serve-tasks.ts';

serveTasks((task, snapshot, tools) => {
  const text = Buffer.from(task.bytes).toString('utf8');
  if (text.includes('please crash')) process.exit(7);
  while (text.includes('please hang'));
  if (text.includes('please throw')) throw new Error('as asked');
  return judge(task, snapshot, tools);
});
