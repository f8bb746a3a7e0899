/** What happens to the system during the storm: every few milliseconds one of the plan's fates strikes. */

import type { Process } from '../kernel/process.ts';
import { DATA } from './node.ts';
import type { Fate } from './plan.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** How long a disk or a guard stays out of order, at most. */
const OUTAGE_MS = 60;
const PAUSE_MS_MAX = 200;
const ROWS_FILE = `${DATA}/rows/data.mdb`;

export class Fates {
  readonly #world: World;
  readonly #snapshots: ReturnType<World['disk']['files']['copyFolder']>[] = [];
  #over = false;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    const { fates } = this.#world.plan;
    if (fates.length > 0) this.#next();
    if (fates.includes('restore')) this.#snapshotSoon();
  }

  end(): void {
    this.#over = true;
  }

  #next(): void {
    const { scheduler, plan, random } = this.#world;
    const delayUs = random.below(2_000 * plan.fateMs) + 500;
    const fate = random.pick(plan.fates);
    scheduler.after(delayUs, { kind: 'fate', label: fate }, () => {
      if (this.#over) return;
      this.#strikes[fate]();
      this.#next();
    });
  }

  readonly #strikes: Readonly<Record<Fate, () => void>> = {
    kill: () => {
      const { processes, random } = this.#world;
      if (processes.length > 0) this.#kill(random.pick(processes).process);
    },
    'kill at a step': () => {
      // Of the process that is there, starting or serving: its start-up and repairs are steps like all others.
      const { random } = this.#world;
      const newest = this.#newest();
      newest?.whenCalls(newest.calls + 1 + random.below(40), () => this.#kill(newest));
    },
    'power cut': () => this.#world.powerCut(),
    'take over': () => this.#takeOver(),
    'pause and take over': () => {
      // In the middle of something it is taken for dead and is not: when it goes on, it must find out before it changes
      // anything.
      const newest = this.#newest();
      newest?.whenCalls(newest.calls + 1 + this.#world.random.below(30), () => {
        if (this.#over) return;
        newest.pause(this.#world.random.between(20, PAUSE_MS_MAX));
        this.#takeOver();
      });
    },
    'disk full': () => {
      const { disk, random } = this.#world;
      disk.faults.capacityBytes = disk.files.bytes + random.below(3_000);
      this.#later(() => {
        disk.faults.capacityBytes = undefined;
      });
    },
    'writes fail': () => this.#failWrites('EIO'),
    'files fail': () => {
      const { faults } = this.#world.disk;
      faults.filesFail = true;
      this.#later(() => {
        faults.filesFail = false;
      });
    },
    'read only': () => this.#failWrites('EROFS'),
    'clock jump': () => this.#newest()?.jumpClock(this.#world.random.between(-5_000_000, 5_000_000)),
    partition: () => {
      const { network, plan, random } = this.#world;
      const client = `client${random.between(1, plan.clients)}`;
      const node = this.#newest()?.name ?? 'node1';
      network.partition(client, node, true);
      this.#later(() => network.partition(client, node, false));
    },
    'guard away': () => {
      const { faults } = this.#world.guardDisk;
      faults.writesFail = 'EIO';
      faults.readError = 1;
      this.#later(() => {
        faults.writesFail = undefined;
        faults.readError = 0;
      });
    },
    'flip a row': () => this.#flipRow(),
    'flip a file': () => this.#flipFile(),
    restore: () => this.#restore(),
  };

  #newest(): Process | undefined {
    return this.#world.processes.at(-1)?.process;
  }

  #takeOver(): void {
    const { processes, counts } = this.#world;
    if (processes.length === 0 || processes.length > 2) return;
    counts.takeOvers += 1;
    this.#world.startProcess();
  }

  #kill(process: Process): void {
    if (this.#over) return;
    this.#world.counts.kills += 1;
    this.#world.kill(process);
  }

  #failWrites(code: 'EIO' | 'EROFS'): void {
    const { faults } = this.#world.disk;
    faults.writesFail = code;
    this.#later(() => {
      faults.writesFail = undefined;
    });
  }

  #later(undo: () => void): void {
    const { scheduler, random } = this.#world;
    scheduler.after(1_000 * random.below(OUTAGE_MS), { kind: 'fate', label: 'mended' }, undo);
  }

  #flipRow(): void {
    const { disk, random, checks, counts, scheduler, flips } = this.#world;
    const rows = disk.files.file(ROWS_FILE)?.rows;
    const tables = rows?.tables.filter((table) => table.startsWith('0')) ?? [];
    const flipped = rows?.flipBit(random, tables);
    if (flipped === undefined) return;
    scheduler.note(`a bit of ${flipped.table} is flipped`);
    counts.flips += 1;
    checks.damaged = true;
    flips.push(() => {
      const now = disk.files.file(ROWS_FILE)?.rows?.get(flipped.table, Buffer.from(flipped.key, 'latin1'));
      const is = now !== undefined && Buffer.from(flipped.value).equals(now);
      return is ? `row of ${flipped.table}` : undefined;
    });
  }

  #flipFile(): void {
    const { disk, random, checks, counts, scheduler, flips } = this.#world;
    const paths = disk.files.paths.filter((path) => path.startsWith(`${DATA}/log/`));
    if (paths.length === 0) return;
    const path = random.pick(paths);
    const bytes = disk.flipFileBit(path);
    if (bytes === undefined) return;
    scheduler.note(`a bit of ${path} is flipped`);
    counts.flips += 1;
    checks.damaged = true;
    // A partial file may be of a size that is past: then nothing looks at it any more.
    flips.push(() => {
      const now = disk.files.read(path);
      return now !== undefined && !path.includes('.p/') && Buffer.from(bytes).equals(now) ? path : undefined;
    });
  }

  #snapshotSoon(): void {
    const { scheduler, random, disk } = this.#world;
    scheduler.after(1_000 * random.below(80), { kind: 'fate', label: 'snapshot' }, () => {
      if (this.#over) return;
      const rows = disk.files.file(ROWS_FILE)?.rows;
      if (rows?.isDurable === true && disk.files.isFolder(DATA)) this.#snapshots.push(disk.files.copyFolder(DATA));
      this.#snapshotSoon();
    });
  }

  /** The machine is lost, and somebody puts an older copy of the directory back; the guard is elsewhere. */
  #restore(): void {
    const world = this.#world;
    const { random, disk, checks, model, counts, scheduler } = world;
    if (this.#snapshots.length === 0 || counts.restores > 0 || checks.damaged) return;
    world.killAll();
    world.held = true;
    disk.putBack(DATA, random.pick(this.#snapshots));
    scheduler.note('an older copy of the directory is put back');
    counts.restores += 1;
    checks.wentBack().then(
      (sizeOf) => {
        model.wentBack(sizeOf);
        world.held = false;
        world.startProcess();
      },
      (error: unknown) => world.fail(new Violation('restore', String(error))),
    );
  }
}
