/** Every checkpoint that was seen in a public folder while its server was killed again and again. Reads the file itself. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class CheckpointsSeen {
  /** Size → root, in base64. */
  readonly seen = new Map<number, string>();
  readonly #file: string;
  #last = -1;

  constructor(publicFolder: string) {
    this.#file = join(publicFolder, 'checkpoint');
  }

  /** Takes down what is public now; throws where another root, or a smaller tree, was public before. */
  look(): void {
    if (!existsSync(this.#file)) return;
    const [, sizeText, root = ''] = readFileSync(this.#file, 'utf8').split('\n');
    const size = Number(sizeText);
    if (size < this.#last) throw new Error(`the public checkpoint went back from ${this.#last} to ${size}`);
    if ((this.seen.get(size) ?? root) !== root) throw new Error(`two roots were public for size ${size}`);
    this.seen.set(size, root);
    this.#last = size;
  }

  /** Resolves when another checkpoint is public, or after so many looks. */
  async next(looksMax: number): Promise<void> {
    this.look();
    const before = this.#last;
    for (let looks = 0; looks < looksMax && this.#last === before; looks++) {
      await sleep(2);
      this.look();
    }
  }
}
