/**
 * The files and folders of one simulated disk, with what POSIX promises and not a bit more.
 *
 *   bytes   what was written is visible at once, durable after a sync. A crash before it leaves the old bytes, the new
 *           ones, a beginning of them, or new and zeroed sectors mixed.
 *   names   made, renamed, removed: visible at once, durable once their folder is synced. A crash before it keeps or loses
 *           each of them by itself; a rename into another folder is two names. A rename within a folder is kept or lost whole.
 *   sync    that failed is final: later ones no longer bring what it lost.
 *
 * All here happens at one instant; who is told when, and what fails, is `sim-file-system.ts`.
 */
import type { Random } from '../kernel/random.ts';
import { Rows } from './rows.ts';

export interface FileNode {
  readonly kind: 'file';
  bytes: Uint8Array;
  durable: Uint8Array;
  dirty: boolean;
  links: number;
  readonly mode: number;
  version: number;
  /** A file that holds rows instead of bytes. */
  readonly rows: Rows | undefined;
}

export interface FolderNode {
  readonly kind: 'folder';
  names: Map<string, Node>;
  durable: Map<string, Node>;
  /** Changes of names since the last sync, oldest first. */
  pending: NameChange[];
}

type Node = FileNode | FolderNode;

/** What the names of one folder become in one step. */
type NameChange = readonly { readonly name: string; readonly node: Node | undefined }[];

const SECTOR_BYTES = 512;

export class Files {
  #root: FolderNode = folderNode();
  #versions = 0;

  /** A Node-style error with its code. */
  static error(code: string, path: string): Error {
    return Object.assign(new Error(`${code}: simulated, ${path}`), { code });
  }

  read(path: string): Uint8Array | undefined {
    const node = this.#find(path);
    if (node?.kind === 'folder') throw Files.error('EISDIR', path);
    return node?.bytes.slice();
  }

  file(path: string): FileNode | undefined {
    const node = this.#find(path);
    return node?.kind === 'file' ? node : undefined;
  }

  isFolder(path: string): boolean {
    return this.#find(path)?.kind === 'folder';
  }

  create(path: string, { mode, exclusive }: { mode: number; exclusive: boolean }): FileNode {
    const there = this.#find(path);
    if (there?.kind === 'folder') throw Files.error('EISDIR', path);
    if (there !== undefined) {
      if (exclusive) throw Files.error('EEXIST', path);
      this.write(there, new Uint8Array(0), false);
      return there;
    }
    return this.#make(path, mode, undefined);
  }

  /** A file for rows; the rows are durable by their own rules, its name is not. */
  createRows(path: string): FileNode {
    return this.#make(path, 0o600, new Rows());
  }

  /** Appends to what is there, or begins anew. */
  write(file: FileNode, bytes: Uint8Array, append: boolean): void {
    const next = new Uint8Array((append ? file.bytes.length : 0) + bytes.length);
    if (append) next.set(file.bytes);
    next.set(bytes, next.length - bytes.length);
    file.bytes = next;
    file.dirty = true;
    file.version = ++this.#versions;
  }

  /** Overwrites in place, from `offset`. */
  overwrite(file: FileNode, offset: number, bytes: Uint8Array): void {
    const next = new Uint8Array(Math.max(file.bytes.length, offset + bytes.length));
    next.set(file.bytes);
    next.set(bytes, offset);
    file.bytes = next;
    file.dirty = true;
    file.version = ++this.#versions;
  }

  sync(file: FileNode): void {
    if (file.dirty) file.durable = file.bytes;
    file.dirty = false;
  }

  /** The sync failed: what it should have brought is decided now, and later syncs think it is there. */
  loseSync(file: FileNode, random: Random): void {
    if (file.dirty) file.durable = torn(file, random);
    file.dirty = false;
  }

  syncFolder(path: string): void {
    const folder = this.#folder(path);
    folder.durable = new Map(folder.names);
    folder.pending = [];
  }

  rename(from: string, to: string): void {
    const node = this.#find(from);
    if (node === undefined) throw Files.error('ENOENT', from);
    const [source, sourceName] = this.#parent(from);
    const [target, targetName] = this.#parent(to);
    const replaced = target.names.get(targetName);
    if (replaced === node) return;
    if (replaced?.kind === 'folder') throw Files.error('EISDIR', to);
    if (replaced !== undefined) replaced.links -= 1;
    const gone = { name: sourceName, node: undefined };
    const made = { name: targetName, node };
    if (source === target) change(source, [gone, made]);
    else {
      change(target, [made]);
      change(source, [gone]);
    }
  }

  unlink(path: string): void {
    const [folder, name] = this.#parent(path);
    const node = folder.names.get(name);
    if (node === undefined) throw Files.error('ENOENT', path);
    if (node.kind === 'folder') throw Files.error('EISDIR', path);
    node.links -= 1;
    change(folder, [{ name, node: undefined }]);
  }

  removeTree(path: string): void {
    if (this.#find(path) === undefined) return;
    const [folder, name] = this.#parent(path);
    change(folder, [{ name, node: undefined }]);
  }

  /** The highest folder that was missing, undefined where none was. */
  makeFolders(path: string): string | undefined {
    let at = this.#root;
    let highest: string | undefined;
    const parts = partsOf(path);
    parts.forEach((name, i) => {
      let next = at.names.get(name);
      if (next?.kind === 'file') throw Files.error('ENOTDIR', path);
      if (next === undefined) {
        next = folderNode();
        change(at, [{ name, node: next }]);
        highest ??= `/${parts.slice(0, i + 1).join('/')}`;
      }
      at = next;
    });
    return highest;
  }

  list(path: string): readonly string[] {
    return [...this.#folder(path).names.keys()];
  }

  /** Bytes of all files and rows. */
  get bytes(): number {
    let sum = 0;
    const walk = (folder: FolderNode): void => {
      for (const node of folder.names.values()) {
        if (node.kind === 'folder') walk(node);
        else sum += node.bytes.length + (node.rows?.bytes ?? 0);
      }
    };
    walk(this.#root);
    return sum;
  }

  /** Paths of all files, in order of their names. */
  get paths(): readonly string[] {
    const paths: string[] = [];
    const walk = (folder: FolderNode, prefix: string): void => {
      for (const [name, node] of folder.names) {
        if (node.kind === 'folder') walk(node, `${prefix}/${name}`);
        else paths.push(`${prefix}/${name}`);
      }
    };
    walk(this.#root, '');
    return paths.sort();
  }

  /** Power goes: only what was synced is sure to be there. */
  crash(random: Random): void {
    const seen = new Set<Node>();
    const settle = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'folder') {
        settleNames(node, random);
        for (const inner of node.names.values()) settle(inner);
        return;
      }
      node.durable = node.dirty ? torn(node, random) : node.durable;
      node.bytes = node.durable;
      node.dirty = false;
      node.rows?.crash(random);
    };
    settle(this.#root);
    this.#countLinks();
  }

  /**
   * What a crash now could leave at a path: every content it may have, undefined for none. One element means that it is
   * certain.
   */
  possible(path: string): readonly (Uint8Array | undefined)[] {
    let nodes: (Node | undefined)[] = [this.#root];
    for (const name of partsOf(path)) {
      const next: (Node | undefined)[] = [];
      for (const node of nodes) {
        if (node?.kind !== 'folder') next.push(undefined);
        else {
          next.push(node.durable.get(name));
          for (const step of node.pending) for (const each of step) if (each.name === name) next.push(each.node);
        }
      }
      nodes = [...new Set(next)];
    }
    return nodes.flatMap((node) => {
      if (node?.kind !== 'file') return [undefined];
      return node.dirty ? [node.durable, node.bytes] : [node.durable];
    });
  }

  /** A copy of a folder, and of all in it as it is visible now, durable: what a backup that copies files holds. */
  copyFolder(path: string): FolderNode {
    return durableCopy(this.#folder(path));
  }

  /** Puts such a copy where the folder was. */
  replaceFolder(path: string, copy: FolderNode): void {
    const [parent, name] = this.#parent(path);
    change(parent, [{ name, node: durableCopy(copy) }]);
    this.syncFolder(`/${partsOf(path).slice(0, -1).join('/')}`);
  }

  #make(path: string, mode: number, rows: Rows | undefined): FileNode {
    const [folder, name] = this.#parent(path);
    const empty = new Uint8Array(0);
    const version = ++this.#versions;
    const file: FileNode = { kind: 'file', bytes: empty, durable: empty, dirty: false, links: 1, mode, version, rows };
    change(folder, [{ name, node: file }]);
    return file;
  }

  #find(path: string): Node | undefined {
    let at: Node | undefined = this.#root;
    for (const name of partsOf(path)) {
      if (at?.kind !== 'folder') return undefined;
      at = at.names.get(name);
    }
    return at;
  }

  #folder(path: string): FolderNode {
    const node = this.#find(path);
    if (node === undefined) throw Files.error('ENOENT', path);
    if (node.kind === 'file') throw Files.error('ENOTDIR', path);
    return node;
  }

  #parent(path: string): [FolderNode, string] {
    const parts = partsOf(path);
    return [this.#folder(`/${parts.slice(0, -1).join('/')}`), parts.at(-1)!];
  }

  #countLinks(): void {
    const count = new Map<FileNode, number>();
    const walk = (folder: FolderNode): void => {
      for (const node of folder.names.values()) {
        if (node.kind === 'folder') walk(node);
        else count.set(node, (count.get(node) ?? 0) + 1);
      }
    };
    walk(this.#root);
    for (const [file, links] of count) file.links = links;
  }
}

function folderNode(): FolderNode {
  return { kind: 'folder', names: new Map(), durable: new Map(), pending: [] };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function change(folder: FolderNode, step: NameChange): void {
  applyNames(folder.names, step);
  folder.pending.push(step);
}

function applyNames(names: Map<string, Node>, step: NameChange): void {
  for (const { name, node } of step) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

/** Unsynced names: all lost, the first few kept (a journal), or any of them. */
function settleNames(folder: FolderNode, random: Random): void {
  const names = new Map(folder.durable);
  const way = random.below(4);
  const first = random.below(folder.pending.length + 1);
  folder.pending.forEach((step, i) => {
    const kept = way === 0 ? false : way === 1 ? i < first : random.chance(0.5);
    if (kept) applyNames(names, step);
  });
  folder.names = names;
  folder.durable = new Map(names);
  folder.pending = [];
}

/** What a crash leaves of bytes that were not synced. */
function torn({ bytes, durable }: FileNode, random: Random): Uint8Array {
  switch (random.below(4)) {
    case 0:
      return durable;
    case 1:
      return bytes;
    case 2:
      return bytes.slice(0, random.below(bytes.length + 1));
    default: {
      const mixed = bytes.slice();
      for (let at = 0; at < mixed.length; at += SECTOR_BYTES)
        if (random.chance(0.5)) mixed.fill(0, at, at + SECTOR_BYTES);
      return mixed;
    }
  }
}

function durableCopy(folder: FolderNode): FolderNode {
  const copy = folderNode();
  for (const [name, node] of folder.names) {
    const inner: Node =
      node.kind === 'folder'
        ? durableCopy(node)
        : { ...node, durable: node.bytes, dirty: false, links: 1, rows: node.rows?.clone() };
    copy.names.set(name, inner);
    copy.durable.set(name, inner);
  }
  return copy;
}
