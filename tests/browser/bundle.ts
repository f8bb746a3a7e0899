/** The SDK as one script for a browser: global `fractal`, minified. Fails where the SDK needs anything of Node. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../harness/project.ts';

export async function bundleSdk(): Promise<string> {
  const result = await build({
    entryPoints: [join(projectRoot, 'sdks', 'typescript', 'src', 'index.ts')],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'fractal',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}
