/**
 * Every checkpoint that was seen in a public folder while its server was killed again and again. Reads the file itself, so it
 * sees a checkpoint a moment before its name is synced: a power cut may take that one back, until the next start is ready.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class CheckpointsSeen {
  /** Size → root, in base64. */
  readonly seen = new Map<number, string>();
  readonly #file: string;
  /** The largest that was public. */
  #last = -1;
  #isCut = false;

  constructor(publicFolder: string) {
    this.#file = join(publicFolder, 'checkpoint');
  }

  /** Takes down what is public now; throws where another root, or a smaller tree, was public before. */
  look(): void {
    if (!existsSync(this.#file)) return;
    const [, sizeText, root = ''] = readFileSync(this.#file, 'utf8').split('\n');
    const size = Number(sizeText);
    if (size < this.#last && !this.#isCut)
      throw new Error(`the public checkpoint went back from ${this.#last} to ${size}`);
    if ((this.seen.get(size) ?? root) !== root) throw new Error(`two roots were public for size ${size}`);
    this.seen.set(size, root);
    this.#last = Math.max(this.#last, size);
  }

  /** The power was cut: what is public may be older than what was seen. */
  cut(): void {
    this.#isCut = true;
  }

  /** A server is ready: what was ever seen in public is public again, or something that contains it. */
  ready(): void {
    this.#isCut = false;
    this.look();
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
